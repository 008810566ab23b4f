import {
  AEAD_AES_SIV_CMAC_256,
  KE_ERROR,
  type KeRecord,
  numbersRecord,
  PROTOCOL_NTPV4,
  RECORD,
  readNumbers,
} from './ke-records.ts'

/** What the key establishment came to, as it is counted. */
export type KeOutcome = 'established' | 'nothing_in_common' | 'bad_request'

/** Where clients find the time server; null = where they found the key establishment, and port 123. */
export interface TimeAddress {
  readonly server: string | null
  readonly port: number | null
}

/** How a request is answered. */
export interface KeAnswer {
  readonly outcome: KeOutcome
  readonly records: readonly KeRecord[]
}

/** What a client may send us that we know. */
const KNOWN: readonly number[] = [RECORD.nextProtocol, RECORD.aead, RECORD.server, RECORD.port]
/** What only a server may send, and what no client has a reason to. */
const FORBIDDEN: readonly number[] = [RECORD.error, RECORD.warning, RECORD.cookie]

/** As many as a client keeps. @rfc 8915 section 4.1.6 */
const COOKIES = 8

/**
 * Decides what a request for keys gets.
 *
 * @rfc 8915 section 4.1
 * @param makeCookie makes a fresh cookie for the keys of this connection
 */
export function answerKeyRequest(
  records: readonly KeRecord[],
  { server, port }: TimeAddress,
  makeCookie: () => Uint8Array,
): KeAnswer {
  const strange = records.find(({ critical, type }) => critical && !KNOWN.includes(type) && !FORBIDDEN.includes(type))
  if (strange !== undefined) return refuse(KE_ERROR.unrecognizedCritical)
  const protocols = offered(records, RECORD.nextProtocol)
  const algorithms = offered(records, RECORD.aead)
  if (protocols === null || records.some(({ type }) => FORBIDDEN.includes(type))) return refuse(KE_ERROR.badRequest)
  if (!protocols.includes(PROTOCOL_NTPV4))
    return { outcome: 'nothing_in_common', records: [numbersRecord(RECORD.nextProtocol, true)] }
  if (algorithms === null) return refuse(KE_ERROR.badRequest)
  const agreed = numbersRecord(RECORD.nextProtocol, true, PROTOCOL_NTPV4)
  if (!algorithms.includes(AEAD_AES_SIV_CMAC_256))
    return { outcome: 'nothing_in_common', records: [agreed, numbersRecord(RECORD.aead, true)] }
  return {
    outcome: 'established',
    records: [
      agreed,
      numbersRecord(RECORD.aead, true, AEAD_AES_SIV_CMAC_256),
      ...(server === null ? [] : [{ critical: true, type: RECORD.server, body: Buffer.from(server, 'latin1') }]),
      ...(port === null ? [] : [numbersRecord(RECORD.port, true, port)]),
      ...Array.from({ length: COOKIES }, () => ({ critical: false, type: RECORD.cookie, body: makeCookie() })),
    ],
  }
}

/** The answer to a client that sent too much, or nothing that ends. */
export function refuseKeyRequest(): KeAnswer {
  return refuse(KE_ERROR.badRequest)
}

function refuse(code: number): KeAnswer {
  return { outcome: 'bad_request', records: [numbersRecord(RECORD.error, true, code)] }
}

/** What a record that must come exactly once offers; null when it does not, or is empty or odd. */
function offered(records: readonly KeRecord[], type: number): readonly number[] | null {
  const [record, ...more] = records.filter((one) => one.type === type)
  const numbers = record === undefined || more.length > 0 ? null : readNumbers(record)
  return numbers === null || numbers.length === 0 ? null : numbers
}
