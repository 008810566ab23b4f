import { Manifest, type SealedRecord } from '../archive/manifest.ts'
import { stemOf } from '../store/segment-folder.ts'
import type { LogFilter } from './log-filter.ts'
import type { Extent } from './segment-lines.ts'

/** Which segments may hold messages that a filter lets through, by what is known of them without opening them. */
export class SegmentChoice {
  readonly #filter: LogFilter
  readonly #manifest: Manifest

  constructor(folder: string, filter: LogFilter) {
    this.#filter = filter
    this.#manifest = Manifest.read(folder)
  }

  mayHold(extent: Extent): boolean {
    const { sinceMs, untilMs } = this.#filter
    // Messages may have waited an hour before being stored.
    if (extent.lastMs + SLACK_MS < sinceMs || extent.begunMs - SLACK_MS > untilMs) return false
    const record = extent.sealed ? this.#manifest.find(stemOf(extent.name)) : null
    return record === null || this.#recordMayHold(record)
  }

  #recordMayHold({ rt, hosts, senders, apps, severities }: SealedRecord): boolean {
    const { sinceMs, untilMs, tests } = this.#filter
    const { fields, host } = tests
    return (
      Date.parse(rt[1]) + 1 >= sinceMs &&
      Date.parse(rt[0]) - 1 <= untilMs &&
      (fields.severity === undefined || severities === null || Object.keys(severities).some(fields.severity)) &&
      (fields.app === undefined || apps === null || Object.keys(apps).some(fields.app)) &&
      (host === null || hosts === null || senders === null || isAmong(host, hosts, senders, tests.here))
    )
  }
}

/** A local message without a host counts there for `unix`, and stands for this machine. */
function isAmong(host: string, hosts: object, senders: object, here: string): boolean {
  return (
    Object.hasOwn(senders, host) ||
    Object.keys(hosts).some((name) => name.toLowerCase() === host) ||
    (host === here.toLowerCase() && Object.hasOwn(hosts, 'unix'))
  )
}

const SLACK_MS = 3_600_000
