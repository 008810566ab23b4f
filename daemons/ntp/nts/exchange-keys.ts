import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { isCookie } from './cookie.ts'
import { exportSessionKeys } from './ke-conversation.ts'
import { KE_PROTOCOL } from './ke-protocol.ts'
import {
  AEAD_AES_SIV_CMAC_256,
  decodeRecords,
  encodeRecords,
  type KeRecord,
  numbersRecord,
  PROTOCOL_NTPV4,
  RECORD,
  readNumbers,
} from './ke-records.ts'

/** Where keys are got, and who may vouch for the server there. */
export interface KeServer {
  /** Name or address; the certificate must be for it. */
  readonly host: string
  readonly port: number
  /** Certificates of authorities (PEM); null = those that Node knows. */
  readonly ca: string | null
}

/** What a key establishment gave. */
export interface Agreement {
  /** 64 octets: client to server, server to client. */
  readonly keys: Uint8Array
  readonly cookies: readonly Uint8Array[]
  /** Where time is asked; null = where keys were got, and the port that was agreed otherwise. */
  readonly server: string | null
  readonly port: number | null
  /** The address that keys were got from. */
  readonly address: string
}

const PATIENCE_MS = 5_000
const ANSWER_MAX = 16_384
const COOKIES_MAX = 8

const REQUEST = encodeRecords([
  numbersRecord(RECORD.nextProtocol, true, PROTOCOL_NTPV4),
  numbersRecord(RECORD.aead, true, AEAD_AES_SIV_CMAC_256),
])

/**
 * Gets keys and cookies from a server.
 *
 * @rfc 8915 section 4
 * @throws Error in words when it gives none, or cannot prove who it is
 */
export function exchangeKeys({ host, port, ca }: KeServer): Promise<Agreement> {
  const { promise, resolve, reject } = Promise.withResolvers<Agreement>()
  const peer = connect({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca }),
    minVersion: 'TLSv1.3',
    ALPNProtocols: [KE_PROTOCOL],
  })
  const deadline = setTimeout(() => peer.destroy(new Error('no answer in time')), PATIENCE_MS)
  peer.once('secureConnect', () => {
    if (peer.alpnProtocol === KE_PROTOCOL) peer.write(REQUEST)
    else peer.destroy(new Error('it does not speak ntske/1'))
  })
  let received = Buffer.alloc(0)
  peer.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const message = decodeRecords(received)
    if (message === null && received.length > ANSWER_MAX) peer.destroy(new Error('its answer does not end'))
    if (message === null) return
    try {
      resolve(readAgreement(message.records, peer))
      peer.end()
    } catch (error) {
      peer.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  })
  peer.on('error', (error) => reject(new Error(`NTS with ${host}:${port}: ${error.message}`)))
  peer.once('close', () => {
    clearTimeout(deadline)
    reject(new Error(`NTS with ${host}:${port}: it closed the connection`))
  })
  return promise
}

function readAgreement(records: readonly KeRecord[], peer: TLSSocket): Agreement {
  const { cookies, server, port } = readKeyAnswer(records)
  return { keys: exportSessionKeys(peer), cookies, server, port, address: peer.remoteAddress ?? '' }
}

/**
 * Judges the answer to our request.
 *
 * @rfc 8915 sections 4.1 and 4.2
 * @throws Error in words when it gives nothing of use
 */
export function readKeyAnswer(records: readonly KeRecord[]): Pick<Agreement, 'cookies' | 'server' | 'port'> {
  const find = (type: number): KeRecord | undefined => records.find((record) => record.type === type)
  const first = (type: number): number | null => {
    const record = find(type)
    return record === undefined ? null : (readNumbers(record)?.[0] ?? null)
  }
  const error = find(RECORD.error)
  if (error !== undefined) throw new Error(`it answers with error ${readNumbers(error)?.[0] ?? '?'}`)
  if (find(RECORD.warning) !== undefined) throw new Error('it answers with a warning that we do not know')
  const known: readonly number[] = Object.values(RECORD)
  const strange = records.find(({ critical, type }) => critical && !known.includes(type))
  if (strange !== undefined) throw new Error(`it demands record type ${strange.type}, which we do not know`)
  if (first(RECORD.nextProtocol) !== PROTOCOL_NTPV4) throw new Error('it has no NTPv4 for us')
  if (first(RECORD.aead) !== AEAD_AES_SIV_CMAC_256) throw new Error('it does not know AES-SIV-CMAC-256')
  const cookies = records
    .filter(({ type, body }) => type === RECORD.cookie && isCookie(body))
    .slice(0, COOKIES_MAX)
    .map(({ body }) => Uint8Array.from(body))
  if (cookies.length === 0) throw new Error('it gave no cookies')
  const server = find(RECORD.server)
  const name = server === undefined ? null : Buffer.from(server.body).toString('latin1')
  if (name !== null && !/^[\x21-\x7e]{1,255}$/.test(name)) throw new Error('it names a server that can be none')
  return { cookies, server: name, port: first(RECORD.port) }
}
