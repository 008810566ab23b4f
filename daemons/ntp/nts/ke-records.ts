/**
 * Records of the key establishment: what goes over the TLS connection in both directions.
 *
 * @rfc 8915 section 4
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |C|         Record Type         |          Body Length          |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                          Record Body                          |
 */
export interface KeRecord {
  /** Who does not know the type must not go on. */
  readonly critical: boolean
  readonly type: number
  readonly body: Uint8Array
}

/** Types of records. @rfc 8915 section 7.6 */
export const RECORD = {
  end: 0,
  nextProtocol: 1,
  error: 2,
  warning: 3,
  aead: 4,
  cookie: 5,
  server: 6,
  port: 7,
} as const

/** What an error record says. @rfc 8915 section 7.8 */
export const KE_ERROR = { unrecognizedCritical: 0, badRequest: 1, internal: 2 } as const

/** NTPv4, the only protocol that keys are established for. */
export const PROTOCOL_NTPV4 = 0
/** AEAD_AES_SIV_CMAC_256. */
export const AEAD_AES_SIV_CMAC_256 = 15

const HEAD_BYTES = 4
const CRITICAL = 0x80

/**
 * Reads the records of a message that has come so far.
 *
 * @rfc 8915 section 4
 * @returns null while the record that ends the message has not come; `after` = something stands behind it
 */
export function decodeRecords(
  bytes: Uint8Array,
): { readonly records: readonly KeRecord[]; readonly after: boolean } | null {
  const records: KeRecord[] = []
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const type = (((bytes[at] ?? 0) & ~CRITICAL) << 8) | (bytes[at + 1] ?? 0)
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
    const end = at + HEAD_BYTES + length
    if (end > bytes.length) return null
    if (type === RECORD.end) return { records, after: end < bytes.length }
    records.push({ critical: ((bytes[at] ?? 0) & CRITICAL) !== 0, type, body: bytes.subarray(at + HEAD_BYTES, end) })
    at = end
  }
  return null
}

/** Writes a message of these records, and the one that ends it. @rfc 8915 section 4 */
export function encodeRecords(records: readonly KeRecord[]): Uint8Array {
  const all = [...records, { critical: true, type: RECORD.end, body: new Uint8Array(0) }]
  const bytes = new Uint8Array(all.reduce((sum, { body }) => sum + HEAD_BYTES + body.length, 0))
  let at = 0
  for (const { critical, type, body } of all) {
    bytes[at] = (critical ? CRITICAL : 0) | (type >> 8)
    bytes[at + 1] = type
    bytes[at + 2] = body.length >> 8
    bytes[at + 3] = body.length
    bytes.set(body, at + HEAD_BYTES)
    at += HEAD_BYTES + body.length
  }
  return bytes
}

/** A record whose body is a list of 16-bit numbers. */
export function numbersRecord(type: number, critical: boolean, ...numbers: readonly number[]): KeRecord {
  return { critical, type, body: Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 0xff])) }
}

/** The 16-bit numbers in a body, or null when it has an odd length. */
export function readNumbers({ body }: KeRecord): readonly number[] | null {
  if (body.length % 2 !== 0) return null
  return Array.from(
    { length: body.length / 2 },
    (_, index) => ((body[2 * index] ?? 0) << 8) | (body[2 * index + 1] ?? 0),
  )
}
