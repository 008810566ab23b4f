import { parseIpv4, parsePrefix } from '../../daemons/wire/address.ts'
import { Complaint, written } from './piece.ts'

const QUAD = '^[0-9]{1,3}(\\.[0-9]{1,3}){3}$'
const DEVICE = /^[^/\s%:\]]{1,15}$/

/** An IPv4 address that can be one host's, as a dotted quad. */
export function ipv4(about: string) {
  const what = 'an IPv4 address such as "192.168.50.1"'
  return written(about, what, { pattern: QUAD }, (text) => {
    const address = parseIpv4(text)
    if (address === null) return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
    const first = address >>> 24
    if (first === 0 || first >= 224) return new Complaint(`must be the address of one host; ${text} is reserved`)
    return text
  })
}

/** An IPv4 or IPv6 prefix, or one address. */
export function prefix(about: string) {
  const what = 'a prefix such as "10.0.0.0/8" or "fe80::/10", or one address'
  return written(about, what, { examples: ['10.0.0.0/8'] }, (text) =>
    parsePrefix(text) === null
      ? new Complaint(`must be ${what}, with all bits behind the prefix zero, not ${JSON.stringify(text.slice(0, 60))}`)
      : text,
  )
}

/** An Ethernet address, written in lower case with colons. */
export function mac(about: string) {
  const what = 'an Ethernet address such as "52:54:00:aa:bb:cc"'
  return written(about, what, { pattern: '^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$' }, (text) =>
    /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)
      ? text.toLowerCase().replaceAll('-', ':')
      : new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`),
  )
}

/** Bytes in hex, colons between them allowed; lower case without colons comes out. */
export function hexBytes(about: string, mostBytes: number) {
  const what = `1 to ${mostBytes} bytes in hex such as "01525400aabbcc"`
  return written(about, what, { pattern: '^([0-9a-fA-F]{2}:?)+$' }, (text) => {
    const hex = parseHex(text)
    return hex === null || hex.length > 2 * mostBytes
      ? new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
      : hex
  })
}

/**
 * Reads `01:ab` or `01ab`.
 *
 * @returns lower-case hex of at least one byte, or null
 */
export function parseHex(text: string): string | null {
  return /^[0-9a-f]{2}(:?[0-9a-f]{2})*$/i.test(text) ? text.replaceAll(':', '').toLowerCase() : null
}

/** The name of a network interface. */
export function device(about: string) {
  const what = 'the name of an interface such as "eth1"'
  return written(about, what, { pattern: DEVICE.source }, (text) =>
    DEVICE.test(text) ? text : new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`),
  )
}

/** A host name of one label. */
export function hostLabel(about: string) {
  const what = 'a host name of letters, digits and hyphens such as "printer"'
  return written(about, what, { pattern: LABEL.source }, (text) =>
    LABEL.test(text) ? text : new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`),
  )
}

/** A domain name, without a dot at its end. */
export function domainName(about: string) {
  const what = 'a domain such as "lab.example"'
  return written(about, what, { maxLength: 253 }, (text) =>
    text.length <= 253 && text.split('.').every((label) => LABEL.test(label))
      ? text
      : new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`),
  )
}

const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
