import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import type { SenderSection } from '../section.ts'
import { StoreFault } from '../store/store-fault.ts'
import { Pins } from './pins.ts'
import { SenderBook, type SenderGap } from './sender-book.ts'
import { readSenders, writeSenders } from './sender-file.ts'
import { reportSender, type SenderReport } from './sender-report.ts'

/** The senders of a daemon, kept in its folder. */
export interface OpenSenders {
  readonly book: SenderBook
  setPins(sections: readonly SenderSection[]): void
  /** Called every second. @returns gaps in numberings found since the last call */
  tick(): readonly SenderGap[]
  report(): readonly SenderReport[]
  faults(): readonly string[]
  close(): void
}

/** Opens the book of senders; what cannot be read of it is learned anew. */
export function openSenders(options: {
  readonly stateDir: string
  readonly pins: readonly SenderSection[]
  readonly clock: Clock
  readonly log: Logger
}): OpenSenders {
  const { stateDir, pins, clock, log } = options
  const path = join(stateDir, 'senders.ndjson')
  const book = new SenderBook(new Pins(pins), readSenders(path))
  const fault = new StoreFault('cannot write down the senders', clock, log)
  let savedMs = clock.monotonicMs()
  let savedMessages = 0
  const messages = (): number => Array.from(book.all()).reduce((sum, sender) => sum + sender.messages, 0)
  const save = (): void => {
    savedMs = clock.monotonicMs()
    savedMessages = messages()
    try {
      writeSenders(path, book.kept())
      fault.worked()
    } catch (error) {
      fault.failed(error)
    }
  }
  return {
    book,
    setPins: (sections) => book.setPins(new Pins(sections)),
    tick: () => {
      const dueMs = SAVE_EVERY_MS + book.size * SAVE_MS_EACH
      if (clock.monotonicMs() - savedMs >= dueMs && messages() !== savedMessages) save()
      return book.look(clock.wallMs())
    },
    report: () => book.heard().map((sender) => reportSender(sender, clock.wallMs())),
    faults: () => (fault.text === null ? [] : [fault.text]),
    close: () => {
      if (book.size > 0) save()
    },
  }
}

/** The more there are, the more rarely all are written down: five thousand take some 20 ms. */
const SAVE_EVERY_MS = 10_000
const SAVE_MS_EACH = 10
