import { isIP } from 'node:net'
import type { ForwardAddress } from '../../daemons/syslog/section.ts'
import { Complaint, written } from './piece.ts'

const PORTS = { tcp: 514, udp: 514, tls: 6514 } as const
const WHAT =
  'a target such as "tcp://loghost:514", "tls://loghost:6514", "udp://192.0.2.9:514" or "https://loghost/insert/jsonline"'

/** Where messages are passed on to: host name or address, with the port that RFC 5425, 5426 and 6587 name by default. */
export function forwardAddress(about: string) {
  const form = { pattern: '^(tcp|tls|udp|https?)://.+', examples: ['tcp://loghost:514'] }
  return written(about, WHAT, form, (text): ForwardAddress | Complaint => {
    const complaint = new Complaint(`must be ${WHAT}, not ${JSON.stringify(text.slice(0, 80))}`)
    if (/^https?:/.test(text)) return readUrl(text) ?? complaint
    const match = /^(tcp|tls|udp):\/\/(?:\[([^\]]+)\]|([^:[\]/?#@\s]+))(?::(\d{1,5}))?$/.exec(text)
    const [, scheme, ipv6, name = '', digits] = match ?? []
    if (scheme !== 'tcp' && scheme !== 'tls' && scheme !== 'udp') return complaint
    const port = digits === undefined ? PORTS[scheme] : Number(digits)
    if (port < 1 || port > 65_535) return new Complaint(`must have a port from 1 to 65535, not ${digits ?? ''}`)
    if (ipv6 !== undefined) return isIP(ipv6) === 6 ? { scheme, host: ipv6, port } : complaint
    return HOST.test(name) && (isIP(name) === 4 || !/^[\d.]+$/.test(name)) ? { scheme, host: name, port } : complaint
  })
}

/** A whole URL without a user in it: what is secret belongs into a header. */
function readUrl(text: string): ForwardAddress | null {
  const url = URL.parse(text)
  const scheme = url?.protocol === 'https:' ? 'https' : 'http'
  return url === null || url.username !== '' || url.password !== '' || url.hash !== ''
    ? null
    : { scheme, url: url.href }
}

/** A name as resolvers take it, underscores included. */
const HOST = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$/
