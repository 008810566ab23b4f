import type { ForwardSection } from '../section.ts'
import type { FrameBytes } from './frame-bytes.ts'
import { frameMessage } from './frame-message.ts'
import { messageFilter } from './message-filter.ts'
import { hasPassed } from './passage.ts'
import { prepareMessage, type Sender } from './prepare-message.ts'
import { senderAddress } from './sender-host.ts'
import type { StoredRecord } from './stored-record.ts'

/** What one target gets, and how it looks. */
export interface Passing {
  /** Whether the filter wants it. */
  wants(record: StoredRecord): boolean
  /** Whether it would go round in a circle. @param target address of the target; null = what came from there cannot be told */
  isLoop(record: StoredRecord, target: string | null): boolean
  /** The message as it leaves here. */
  prepare(record: StoredRecord): string
  /** Puts the same into a stream. */
  frame(record: StoredRecord, into: FrameBytes): void
}

/** Makes the rules of a target. */
export function passingTo(section: ForwardSection, sender: Sender): Passing {
  return {
    wants: messageFilter(section.filter),
    isLoop: (record, target) => hasPassed(record, sender.box) || (target !== null && senderAddress(record) === target),
    prepare: (record) => prepareMessage(record, section, sender),
    frame: (record, into) => frameMessage(into, record, section, sender),
  }
}
