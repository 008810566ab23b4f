/** The keys of a stored line that reading needs. */
export interface StoredMessage {
  readonly seq: number
  readonly rt: string
  readonly src: string
  readonly via: string
  readonly facility: string
  readonly severity: string
  readonly host: string | null
  readonly app: string | null
  readonly procid: string | null
  readonly sd: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null
  readonly msg: string
}

/** Reads one line of the store, or null when it is none (a foreign or damaged file). */
export function readStoredMessage(line: string): StoredMessage | null {
  try {
    const value: unknown = JSON.parse(line)
    return isStoredMessage(value) ? value : null
  } catch {
    return null
  }
}

function isStoredMessage(value: unknown): value is StoredMessage {
  if (typeof value !== 'object' || value === null) return false
  const line = value as Partial<Record<keyof StoredMessage, unknown>>
  return (
    typeof line.seq === 'number' &&
    [line.rt, line.src, line.via, line.facility, line.severity, line.msg].every((each) => typeof each === 'string') &&
    [line.host, line.app, line.procid].every((each) => each === null || typeof each === 'string') &&
    (line.sd === null || (typeof line.sd === 'object' && Object.values(line.sd).every(isObject)))
  )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
