/**
 * The supervisor's answer to `status`, as far as it is read here: the fields of `lanward status --json`.
 * Unknown fields stay in the document, so that JSON readers get all of it.
 */
export interface StatusDocument {
  readonly supervisor: {
    readonly pid: number
    readonly version: string
    readonly uptime_s: number
    readonly health: string
    /** A wrong time is served on purpose; an older supervisor does not tell. */
    readonly time_drills?: readonly TimeDrill[]
  }
  readonly services: readonly ServiceStatus[]
}

export interface TimeDrill {
  readonly pid: number
  readonly listen: string
  readonly fault: string
}

export interface ServiceStatus {
  readonly name: string
  readonly state: string
  readonly health: string
  readonly reason: string | null
  readonly pid: number | null
  readonly uptime_s: number | null
  readonly restarts: number
  readonly status: string
  readonly listen: readonly string[]
  readonly probe: { readonly ok: boolean; readonly latency_ms: number | null; readonly error: string | null } | null
  readonly last_exit: { readonly at: string; readonly reason: string; readonly gap_ms: number | null } | null
  /** null for a service that runs always. */
  readonly schedule: { readonly next: string | null } | null
  readonly next_retry_s: number | null
  readonly memory_bytes: number | null
  readonly cpu_s: number | null
  readonly counters: Readonly<Record<string, number>>
  /** Lists that the daemon tells of itself; their fields are its own. */
  readonly details?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

/**
 * Whether a service does what it should: it serves, has done its work, or waits for its time. A service that says it is
 * ready is believed until its first probe has come back: else http itself, asked right after its start, would be unwell.
 */
export function isWell({ state, health }: ServiceStatus): boolean {
  return state === 'ready' ? health === 'ok' || health === 'unknown' : state === 'stopped' && health === 'ok'
}

/**
 * Checks the shape of what came over the channel.
 *
 * @throws Error when it is no status report; our own side sent it, so this is a defect or a version mix
 */
export function readStatusDocument(value: unknown): StatusDocument {
  if (!isRecord(value) || !isRecord(value['supervisor']) || !Array.isArray(value['services']))
    throw new Error('the supervisor sent no status report')
  if (!value['services'].every((service) => isRecord(service) && typeof service['name'] === 'string'))
    throw new Error('the supervisor sent a status report without names')
  return value as unknown as StatusDocument
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
