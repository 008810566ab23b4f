import { formatAddress, parseAddress } from './address.ts'

/**
 * Where a service listens, as written in the configuration. `device` binds the socket to one interface
 * (written as `ss` does: `udp://0.0.0.0%eth1:67`); a frame socket (`packet`) sends whole frames on one interface, a router
 * socket (`icmp6`) hears and sends what routers of its link say.
 */
export type ListenUrl =
  | {
      readonly scheme: 'udp' | 'tcp' | 'tls'
      readonly host: string
      readonly device: string | null
      readonly port: number
    }
  | { readonly scheme: 'unix' | 'unix-stream'; readonly path: string }
  | { readonly scheme: 'packet'; readonly device: string }
  | { readonly scheme: 'icmp6'; readonly device: string }

/**
 * Reads `udp://0.0.0.0:514`, `tcp://[::]:514`, `unix:///run/x.sock` (datagrams), `unix-stream:///run/x.sock`,
 * `packet://eth1`, `icmp6://eth1`.
 * The host is a literal address: names are not looked up, since a socket is held before anything else runs.
 *
 * @returns the URL with its host in canonical form, or null
 */
export function parseListenUrl(text: string): ListenUrl | null {
  for (const scheme of ['unix', 'unix-stream'] as const) {
    if (!text.startsWith(`${scheme}://`)) continue
    const path = text.slice(`${scheme}://`.length)
    return path === '' ? null : { scheme, path }
  }
  for (const scheme of ['packet', 'icmp6'] as const) {
    if (!text.startsWith(`${scheme}://`)) continue
    const device = text.slice(`${scheme}://`.length)
    return DEVICE.test(device) ? { scheme, device } : null
  }
  const match = /^(udp|tcp|tls):\/\/(?:\[([0-9a-fA-F:.]+)(?:%([^\]]+))?\]|([0-9.]+)(?:%([^:]+))?):([0-9]{1,5})$/.exec(
    text,
  )
  if (match === null) return null
  const [, scheme, ipv6, zone6, ipv4, zone4, digits] = match
  const bytes = parseAddress(ipv6 ?? ipv4 ?? '')
  const device = zone6 ?? zone4 ?? null
  const port = Number(digits)
  if (bytes === null || port > 65535 || (ipv6 === undefined) !== (bytes.length === 4)) return null
  if (device !== null && !DEVICE.test(device)) return null
  if (scheme !== 'udp' && scheme !== 'tcp' && scheme !== 'tls') return null
  return { scheme, host: ipv6 === undefined ? formatAddress(bytes) : ipv6Text(bytes), device, port }
}

/** An interface name as the kernel takes it: up to 15 bytes, no slash, no space. */
const DEVICE = /^[^/\s%:\]]{1,15}$/

/** `formatAddress` turns mapped IPv4 into IPv4; as a listener it stays IPv6. */
function ipv6Text(bytes: Uint8Array): string {
  const text = formatAddress(bytes)
  return text.includes(':') ? text : `::ffff:${text}`
}

/** Writes a listen URL so that `parseListenUrl` reads it back. */
export function formatListenUrl(url: ListenUrl): string {
  if ('path' in url) return `${url.scheme}://${url.path}`
  if (!('host' in url)) return `${url.scheme}://${url.device}`
  const host = url.device === null ? url.host : `${url.host}%${url.device}`
  return `${url.scheme}://${url.host.includes(':') ? `[${host}]` : host}:${url.port}`
}

/** Whether connections are accepted there, rather than datagrams or frames received. */
export function isStream({ scheme }: ListenUrl): boolean {
  return scheme === 'tcp' || scheme === 'tls' || scheme === 'unix-stream'
}
