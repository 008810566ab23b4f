import type { Lease } from '../lease.ts'
import type { RecordPlace } from './record-slab.ts'

/** The texts of a lease, which take most of its room. */
export type LeaseTexts = Pick<Lease, 'client' | 'mac' | 'clientId' | 'hostname' | 'circuitId' | 'remoteId'>

/** Most clients are called by what else is known of them (`identifyClient`), which need not be kept twice. */
const CLIENT_AS_TOLD = 0
const CLIENT_BY_ETHERNET = 1
const CLIENT_BY_IDENTIFIER = 2

/** Octets of the longest head: how the client is called, and seven lengths. */
const HEAD_MAX = 1 + 7 * 5

let scratch = Buffer.alloc(1024)

/**
 * Packs the texts of a lease: how the client is called, the octets of all texts, the characters of each plus one (0 =
 * null), and all of them in a row as UTF-8.
 *
 * @returns the record, good until the next call
 */
export function packTexts(lease: LeaseTexts): Uint8Array {
  const { mac, clientId, hostname, circuitId, remoteId } = lease
  const naming = namingOf(lease)
  const client = naming === CLIENT_AS_TOLD ? lease.client : ''
  const text = client + mac + (clientId ?? '') + (hostname ?? '') + (circuitId ?? '') + (remoteId ?? '')
  if (scratch.length < HEAD_MAX + 3 * text.length) scratch = Buffer.alloc(HEAD_MAX + 3 * text.length)
  scratch[0] = naming
  const octets = isAscii(text) ? text.length : Buffer.byteLength(text)
  let at = writeNumber(1, octets)
  at = writeNumber(at, client.length + 1)
  at = writeNumber(at, mac.length + 1)
  at = writeNumber(at, clientId === null ? 0 : clientId.length + 1)
  at = writeNumber(at, hostname === null ? 0 : hostname.length + 1)
  at = writeNumber(at, circuitId === null ? 0 : circuitId.length + 1)
  at = writeNumber(at, remoteId === null ? 0 : remoteId.length + 1)
  if (octets > text.length) scratch.write(text, at)
  else for (let from = 0; from < octets; from++) scratch[at + from] = text.charCodeAt(from)
  return scratch.subarray(0, at + octets)
}

/** Reads what `packTexts` made. */
export function unpackTexts({ bytes, at: start }: RecordPlace): LeaseTexts {
  let at = start
  const readNumber = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const octet = bytes[at++] ?? 0
      value |= (octet & 0x7f) << shift
      if (octet < 0x80) return value
    }
  }
  const naming = readNumber()
  const octets = readNumber()
  const lengths = [readNumber(), readNumber(), readNumber(), readNumber(), readNumber(), readNumber()]
  const text = bytes.toString('utf8', at, at + octets)
  let from = 0
  const [told, mac, clientId, hostname, circuitId, remoteId] = lengths.map((length) => {
    if (length === 0) return null
    from += length - 1
    return text.slice(from - length + 1, from)
  })
  const client =
    naming === CLIENT_BY_ETHERNET ? `h1:${mac}` : naming === CLIENT_BY_IDENTIFIER ? `i${clientId}` : (told ?? '')
  return {
    client,
    mac: mac ?? '',
    clientId: clientId ?? null,
    hostname: hostname ?? null,
    circuitId: circuitId ?? null,
    remoteId: remoteId ?? null,
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false
  return true
}

function namingOf({ client, mac, clientId }: LeaseTexts): number {
  if (client === `h1:${mac}`) return CLIENT_BY_ETHERNET
  return clientId !== null && client === `i${clientId}` ? CLIENT_BY_IDENTIFIER : CLIENT_AS_TOLD
}

/** Seven bits in each octet, the lowest first; the top bit says that more follow. */
function writeNumber(at: number, value: number): number {
  let rest = value
  let to = at
  for (; rest >= 0x80; rest >>>= 7) scratch[to++] = (rest & 0x7f) | 0x80
  scratch[to++] = rest
  return to
}
