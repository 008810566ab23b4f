import { setImmediate as nextTurn } from 'node:timers/promises'
import { openMemoryFile } from '../../daemons/linux/memory-file.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { keepOnExec, releaseSignals, replaceProcess } from '../../daemons/linux/replace-process.ts'
import { ControlError } from '../control/control-error.ts'
import { errorWords } from '../error-words.ts'
import type { OwnNotify } from '../host/own-notify.ts'
import type { StoreQueue } from '../record/store-queue.ts'
import { descriptorsOf, encodeHandover, type Handover } from './handover.ts'
import { rehearse } from './rehearsal.ts'
import type { Successor } from './successor.ts'
import { HANDOVER_VARIABLE } from './take-handover.ts'

/** What is needed of a running supervisor to replace its program. */
export interface Replaceable {
  readonly successor: Successor
  readonly lines: StoreQueue
  readonly notify: OwnNotify
  /** Pids of programs that we started beside the services. */
  readonly pids: Set<number>
  /** Ends what cannot be handed over; what it resolves with brings that back. */
  dismiss(): Promise<() => void>
  /** Everything as it stands; changes nothing. */
  record(): Omit<Handover, 'format'>
  /** SIGTERM or SIGINT came. */
  isStopping(): boolean
}

/**
 * Replaces the program of this process by the one on disk, which goes on with all we have. Whoever waits for an answer
 * on the control socket is hung up on in that instant.
 *
 * @returns never: the process goes on as another program
 * @throws ControlError in words when that cannot be; everything goes on as before then
 */
export async function replaceSupervisor(supervisor: Replaceable): Promise<never> {
  const { successor, lines, notify, pids } = supervisor
  const now = supervisor.record()
  await rehearse(successor, encodeHandover({ ...now, lines: { lines: [], lost: [] } }), pids)
  // From here to the exec only what must be waited for is waited for: a spare, a batch of lines, signals.
  const bringBack = await supervisor.dismiss()
  await lines.hold()
  const catchSignals = releaseSignals(['SIGTERM', 'SIGINT', 'SIGHUP'])
  try {
    // Signals of which libuv knows and we do not yet are told when the loop has turned.
    await nextTurn()
    await nextTurn()
    if (supervisor.isStopping()) throw new ControlError(75, 'lanward is stopping')
    notify.tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
    handOver(supervisor.record(), successor)
  } catch (error) {
    catchSignals()
    lines.goOn()
    bringBack()
    notify.tell('READY=1')
    if (error instanceof ControlError) throw error
    throw new ControlError(75, `nothing was changed: ${errorWords(error)}`)
  }
}

/** One turn, without anything in between: what is written down is what the new program finds. */
function handOver(record: Omit<Handover, 'format'>, { file, words }: Successor): never {
  const document = openMemoryFile('lanward-handover', encodeHandover(record))
  const kept = [document, ...descriptorsOf(record)]
  try {
    for (const fd of kept) keepOnExec(fd, true)
    return replaceProcess(file, [file, ...words], { ...process.env, [HANDOVER_VARIABLE]: String(document) })
  } finally {
    for (const fd of kept) keepOnExec(fd, false)
    closeFd(document)
  }
}
