import { ProbeEcho } from '../../daemons/syslog/probe-echo.ts'
import { SegmentStore } from '../../daemons/syslog/store/segment-store.ts'

/** A store that fails once when it is told to. */
export class DefectiveStore extends SegmentStore {
  fails = false
  override get nextSeq(): number {
    if (!this.fails) return super.nextSeq
    this.fails = false
    throw new Error('a second defect')
  }
}

/** Code of ours that fails on messages with `defect`, of which those with `worse` cannot be kept as they came either. */
export class DefectiveProbe extends ProbeEcho {
  readonly #store: DefectiveStore

  constructor(store: DefectiveStore) {
    super('0'.repeat(32))
    this.#store = store
  }

  override matches(text: string): boolean {
    if (!text.includes('defect')) return super.matches(text)
    this.#store.fails = text.includes('worse')
    throw new Error('a defect')
  }
}
