import type { TLSSocket } from 'node:tls'
import { SIV_KEY_BYTES } from './aes-siv.ts'
import { SESSION_KEYS_BYTES } from './cookie.ts'
import { AEAD_AES_SIV_CMAC_256, decodeRecords, encodeRecords, type KeRecord, PROTOCOL_NTPV4 } from './ke-records.ts'
import { type KeAnswer, type KeOutcome, refuseKeyRequest } from './ke-request.ts'

/** A request of a client has some 16 octets; this leaves room for whatever may still be invented. */
const REQUEST_MAX = 2048

const EXPORTER = 'EXPORTER-network-time-security'

/**
 * The keys that both ends of a TLS connection get from it, client to server and then server to client.
 *
 * @rfc 8915 section 4.3: the context names protocol, algorithm and direction
 */
export function exportSessionKeys(socket: TLSSocket): Uint8Array {
  const keys = new Uint8Array(SESSION_KEYS_BYTES)
  for (const direction of [0, 1]) {
    const context = Buffer.from([0, PROTOCOL_NTPV4, 0, AEAD_AES_SIV_CMAC_256, direction])
    keys.set(socket.exportKeyingMaterial(SIV_KEY_BYTES, EXPORTER, context), direction * SIV_KEY_BYTES)
  }
  return keys
}

/**
 * Hears one request on a connection, answers it and ends the connection.
 *
 * @param decide gives the answer to the records of a request; tell hears what it came to, once if at all
 */
export function converse(
  peer: TLSSocket,
  decide: (records: readonly KeRecord[]) => KeAnswer,
  tell: (outcome: KeOutcome) => void,
): void {
  let received = Buffer.alloc(0)
  const answer = ({ records, outcome }: KeAnswer): void => {
    tell(outcome)
    peer.removeAllListeners('data')
    peer.on('data', () => undefined)
    peer.end(encodeRecords(records))
  }
  const hear = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    const message = decodeRecords(received)
    if (message !== null) answer(message.after ? refuseKeyRequest() : decide(message.records))
    else if (received.length > REQUEST_MAX) answer(refuseKeyRequest())
  }
  peer.on('data', (chunk: Buffer) => {
    try {
      hear(chunk)
    } catch {
      // A connection that ends in this very moment has no keys any more.
      peer.destroy()
    }
  })
}
