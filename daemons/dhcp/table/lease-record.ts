import type { Lease } from '../leases/lease.ts'
import type { RecordPlace } from './record-slab.ts'

/** The texts of a lease, which take most of its room. */
export type LeaseTexts = Pick<Lease, 'client' | 'mac' | 'clientId' | 'hostname' | 'circuitId' | 'remoteId'>

/** Most clients are called by what else is known of them (`identifyClient`), which need not be kept twice. */
const CLIENT_AS_TOLD = 0
const CLIENT_BY_ETHERNET = 1
const CLIENT_BY_IDENTIFIER = 2
/** Beside it in the first octet: characters take two octets each. What devices send takes one. */
const WIDE = 4

const TEXTS = 6
/** Place of the hardware address among them. */
const MAC_PLACE = 1
/** Octets of the longest head: how the client is called, and a length of each text. */
const HEAD_MAX = 1 + TEXTS * 5

let scratch = Buffer.alloc(1024)

/**
 * Packs the texts of a lease: how the client is called, the characters of each text plus one (0 = null), and all of them in
 * a row.
 *
 * @returns the record, good until the next call
 */
export function packTexts(lease: LeaseTexts): Uint8Array {
  const { mac } = lease
  const naming = namingOf(lease)
  const client = naming === CLIENT_AS_TOLD ? lease.client : ''
  const clientId = lease.clientId ?? ''
  const hostname = lease.hostname ?? ''
  const circuitId = lease.circuitId ?? ''
  const remoteId = lease.remoteId ?? ''
  const most = 2 * (client.length + mac.length + clientId.length + hostname.length + circuitId.length + remoteId.length)
  if (scratch.length < HEAD_MAX + most) scratch = Buffer.alloc(HEAD_MAX + most)
  const width = [client, mac, clientId, hostname, circuitId, remoteId].every(isNarrow) ? 1 : 2
  scratch[0] = naming | (width === 2 ? WIDE : 0)
  let at = writeNumber(1, client.length + 1)
  at = writeNumber(at, mac.length + 1)
  at = writeNumber(at, lease.clientId === null ? 0 : clientId.length + 1)
  at = writeNumber(at, lease.hostname === null ? 0 : hostname.length + 1)
  at = writeNumber(at, lease.circuitId === null ? 0 : circuitId.length + 1)
  at = writeNumber(at, lease.remoteId === null ? 0 : remoteId.length + 1)
  at = writeText(at, client, width)
  at = writeText(at, mac, width)
  at = writeText(at, clientId, width)
  at = writeText(at, hostname, width)
  at = writeText(at, circuitId, width)
  at = writeText(at, remoteId, width)
  return scratch.subarray(0, at)
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
  const first = readNumber()
  const lengths = [readNumber(), readNumber(), readNumber(), readNumber(), readNumber(), readNumber()]
  const characters = lengths.reduce((sum, length) => sum + Math.max(0, length - 1), 0)
  const isWide = (first & WIDE) !== 0
  const text = isWide
    ? bytes.toString('utf16le', at, at + 2 * characters)
    : bytes.toString('latin1', at, at + characters)
  let from = 0
  const [told, mac, clientId, hostname, circuitId, remoteId] = lengths.map((length) => {
    if (length === 0) return null
    from += length - 1
    return text.slice(from - length + 1, from)
  })
  const naming = first & ~WIDE
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

/** Of what `packTexts` made, the hardware address alone: a tenth of the work. */
export function unpackMac({ bytes, at: start }: RecordPlace): string {
  let at = start + 1
  let [from, length] = [0, 0]
  for (let text = 0; text < TEXTS; text++) {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const octet = bytes[at++] ?? 0
      value |= (octet & 0x7f) << shift
      if (octet < 0x80) break
    }
    const characters = Math.max(0, value - 1)
    if (text < MAC_PLACE) from += characters
    else if (text === MAC_PLACE) length = characters
  }
  return ((bytes[start] ?? 0) & WIDE) === 0
    ? bytes.toString('latin1', at + from, at + from + length)
    : bytes.toString('utf16le', at + 2 * from, at + 2 * (from + length))
}

function namingOf({ client, mac, clientId }: LeaseTexts): number {
  if (client.length === mac.length + 3 && client.startsWith('h1:') && client.endsWith(mac)) return CLIENT_BY_ETHERNET
  return clientId !== null && client === `i${clientId}` ? CLIENT_BY_IDENTIFIER : CLIENT_AS_TOLD
}

function isNarrow(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false
  return true
}

/** Seven bits in each octet, the lowest first; the top bit says that more follow. */
function writeNumber(at: number, value: number): number {
  let rest = value
  let to = at
  for (; rest >= 0x80; rest >>>= 7) scratch[to++] = (rest & 0x7f) | 0x80
  scratch[to++] = rest
  return to
}

function writeText(at: number, text: string, width: 1 | 2): number {
  if (width === 2) return at + scratch.write(text, at, 'utf16le')
  for (let from = 0; from < text.length; from++) scratch[at + from] = text.charCodeAt(from)
  return at + text.length
}
