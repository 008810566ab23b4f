import { networkInterfaces } from 'node:os'
import { interfaceIndex } from '../../daemons/linux/interfaces.ts'
import { SystemError } from '../../daemons/linux/system-error.ts'
import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import type { SocketSpec } from '../spec/spec.ts'
import { findPortHolder } from './port-holder.ts'

const ABSENT: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'ENODEV', 'EAFNOSUPPORT'])

/** Whether a socket was refused because the machine does not have its address, interface or protocol (now). */
export function isAbsence(error: unknown): boolean {
  return error instanceof SystemError && ABSENT.has(error.code)
}

/** Whether a socket wants IPv6 on a machine that has none at all: nobody could ask there. */
export function isWithoutIpv6({ url }: SocketSpec, interfaces = networkInterfaces()): boolean {
  const all = Object.values(interfaces).flatMap((entries) => entries ?? [])
  return 'host' in url && url.host.includes(':') && !all.some(({ family }) => family === 'IPv6')
}

/** Says that the interface of a socket is not there, or has no IPv6. */
export function absentDeviceText({ url }: SocketSpec): string {
  const device = ('device' in url ? url.device : null) ?? ''
  const isThere = url.scheme === 'icmp6' && interfaceIndex(device) !== 0
  const why = isThere
    ? `${device} has no IPv6 (now); an interface with an MTU below 1280 has none`
    : `there is no interface ${device} (now)`
  return `cannot open ${formatListenUrl(url)}: ${why}`
}

/** Says why a socket was refused, who stands in the way, and what would help. */
export function refusalText(spec: SocketSpec, error: unknown): string {
  const subject = `cannot open ${formatListenUrl(spec.url)}`
  const code = error instanceof SystemError ? error.code : ''
  switch (code) {
    case 'EADDRINUSE':
      return `${subject}: ${takenText(spec)}`
    case 'EADDRNOTAVAIL':
      return `${subject}: this machine does not have the address (now)`
    case 'EAFNOSUPPORT':
      return `${subject}: this machine does not have IPv6`
    case 'ENODEV':
      if ('device' in spec.url) return absentDeviceText(spec)
      break
    case 'EACCES':
    case 'EPERM':
      if (!('path' in spec.url))
        return `${subject}: needs root or ${spec.url.scheme === 'packet' || spec.url.scheme === 'icmp6' ? 'CAP_NET_RAW' : 'CAP_NET_BIND_SERVICE'}`
      break
  }
  return `${subject}: ${error instanceof Error ? error.message : String(error)}`
}

function takenText({ url }: SocketSpec): string {
  const what = 'path' in url ? 'path' : 'port'
  const holder = findPortHolder(url)
  if (holder !== null)
    return holder.pid === process.pid
      ? `the ${what} is taken by another service of this supervisor`
      : `the ${what} is taken by ${holder.name} (pid ${holder.pid})`
  if ('path' in url) return 'the path is taken: by a socket of somebody hidden from us, or by what is no socket'
  return process.getuid?.() === 0
    ? 'the port is taken by nobody that can be seen: by connections that are closing, or by the kernel'
    : 'the port is taken by a process that is hidden from us'
}
