import { formatListenUrl, type ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Facts, SocketFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf(
  'addresses',
  'nobody can ask there; lanward looks again every few seconds and serves when it is there',
)

const ABSENT: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENODEV', 'EAFNOSUPPORT'])

/** Addresses to listen on that this machine does not have, IPv6 among them; the LANs of dhcp have a check of their own. */
export function checkAddresses({ sockets, interfaces }: Pick<Facts, 'sockets' | 'interfaces'>): readonly Finding[] {
  const absent = sockets.filter(isAbsent).filter(({ service, url }) => service !== 'dhcp' || deviceOf(url) === null)
  if (absent.length === 0) return sockets.length === 0 ? [] : [about.ok('this machine has each address to listen on')]
  const hasIpv6 = interfaces.some(({ ipv6 }) => ipv6.length > 0)
  return absent.map((socket) => {
    const place = `${formatListenUrl(socket.url)} (${socket.service})`
    const alone = sockets.filter(({ service }) => service === socket.service).every(isAbsent)
    const tell = alone ? about.fail : about.warn
    if ('host' in socket.url && socket.url.host.includes(':') && !hasIpv6)
      return tell(
        `${place}: this machine has no IPv6`,
        'sysctl -w net.ipv6.conf.all.disable_ipv6=0, or take the address out',
      )
    return tell(`${place}: this machine has no such ${absentPart(socket.url)}`, 'ip -brief address, to see what it has')
  })
}

function isAbsent({ trial }: SocketFact): boolean {
  return typeof trial === 'object' && ABSENT.has(trial.code)
}

function absentPart(url: ListenUrl): string {
  return deviceOf(url) === null ? 'address' : 'interface'
}

function deviceOf(url: ListenUrl): string | null {
  return 'device' in url ? url.device : null
}
