import type { StoredRecord } from './stored-record.ts'

/** Messages that go to a target together. */
export interface Parcel {
  /** How many there are. */
  readonly count: number
  /** As they stand in a stream, in the order of the store, for a carrier that has one; borrowed until it has sent them. Else null. */
  readonly framed: Buffer | null
  /** For a carrier without a stream: each ready to be sent. */
  readonly messages: readonly string[]
  /** The same as they were read from the store. */
  readonly records: readonly StoredRecord[]
  /** How many of them were never with the target before. */
  readonly fresh: number
  /** Number of the last message of the store that is dealt with when these are: the filter left out what lies between. */
  readonly through: number
}

/** The way to one target, open and in use. */
export interface Carrier {
  /** Resolves when it may be given the next parcel; rejects when the way broke. */
  send(parcel: Parcel): Promise<void>
  /** Finishes in good order, within a short time. */
  close(): Promise<void>
}

/** What a carrier tells about what it was given. */
export interface CarrierEvents {
  /** The target's side has taken these, and all before them. @param fresh how many that it never had before */
  taken(fresh: number, through: number): void
  /** The target keeps all up to this message, as far as can be known: they need not be sent again. */
  settled(through: number): void
  /** The target will not take these, whatever else it takes: nobody should send them again. @param reason in words */
  refused(lines: readonly string[], reason: string): void
  /** The way is no more; nothing else comes of this carrier. */
  broken(breakage: Breakage): void
}

export interface Breakage {
  /** In words. */
  readonly reason: string
  /** Messages passed for good a moment before, which a target that failed may not have kept. */
  readonly maybeLost: number
  /** The target asks not to be tried before. @unit milliseconds from now */
  readonly retryAfterMs?: number
}

/** The words of an error of the network, of a name that was looked up or of TLS. */
export function wordsOfNetworkError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOfNetworkError(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  const reason = 'reason' in error ? String(error.reason) : ''
  if (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    reason === 'wrong version number' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG'
  )
    return 'it does not speak TLS'
  return WORDS.get(code) ?? (code.startsWith('ERR_SSL') && reason !== '' ? `TLS: ${reason}` : error.message)
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset'],
  ['EPIPE', 'connection closed by the target'],
  ['ETIMEDOUT', 'no answer'],
  ['EHOSTUNREACH', 'no way to the host'],
  ['ENETUNREACH', 'no way to its network'],
  ['ENOTFOUND', 'its name is not known'],
  ['EAI_AGAIN', 'its name cannot be looked up now'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['CERT_NOT_YET_VALID', 'its certificate is not valid yet'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is from an authority that is not known'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is from an authority that is not known'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is from an authority that is not known'],
])
