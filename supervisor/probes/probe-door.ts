import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { ProbeSpec } from '../spec/spec.ts'

/** Whether a socket can be asked from this machine: none of an interface, and DHCP and DHCPv6 have sockets of their own. */
export function isProbeDoor(url: ListenUrl, { protocol, giaddr }: Pick<ProbeSpec, 'protocol' | 'giaddr'>): boolean {
  if (url.scheme !== (protocol === 'http' ? 'tcp' : 'udp') || url.device !== null) return false
  return giaddr === null || url.host.includes(':') === giaddr.includes(':')
}
