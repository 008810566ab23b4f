import { randomInt } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { parseAddress, parsePrefix, prefixContains } from '../../daemons/wire/address.ts'
import { parseListenUrl } from '../../daemons/wire/listen-url.ts'
import type { ServiceReport } from '../control/control-protocol.ts'
import { type ProbeTarget, probeTarget } from '../probes/probe-target.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { openDatagramClient } from './datagram-client.ts'
import { dhcpNumbers } from './dhcp-numbers.ts'
import type { Ground } from './ground.ts'
import { openHttpClient } from './http-client.ts'
import { openLogClient } from './log-client.ts'
import { ntpNumbers } from './ntp-numbers.ts'
import type { NumberedClient, NumberedProtocol } from './numbered-client.ts'

/** Requests of one drill, where the client may send as many. */
export const WANTED = 400

/**
 * Opens a real client of a service.
 *
 * @returns null when there is none: a program that is not ours, or no socket that can be reached from this machine
 */
export async function openClient(
  ground: Ground,
  spec: ServiceSpec,
  service: ServiceReport,
): Promise<NumberedClient | null> {
  const target = reachable(service, spec.probe?.protocol === 'http' ? 'tcp' : 'udp')
  if (spec.probe === null || target === null) return null
  const series = randomInt(1, 2 ** 31)
  switch (spec.probe.protocol) {
    case 'http':
      return openHttpClient(target)
    case 'syslog':
      return openLogClient(target, series, { wanted: WANTED, readStored: () => ground.readStored(series) })
    case 'ntp':
    case 'dhcp': {
      const protocol = numbersOf(ground, spec, series)
      if (protocol === null) return null
      return openDatagramClient(target, protocol, {
        perSource: perSource(ground, spec),
        wanted: WANTED,
        sourceOf: sourcesOf(target),
      })
    }
  }
}

/** The numbering of a UDP service; null when the configuration leaves nothing to ask for. */
export function numbersOf(ground: Ground, spec: ServiceSpec, series: number): NumberedProtocol | null {
  if (spec.probe?.protocol === 'ntp') return ntpNumbers(series)
  const giaddr = relayAddress(ground) ?? spec.probe?.giaddr
  return giaddr === null || giaddr === undefined ? null : dhcpNumbers(series, giaddr)
}

/** Where a service can be asked from here: a socket of that kind that is bound to no interface, IPv4 first. */
export function reachable({ listen }: Pick<ServiceReport, 'listen'>, scheme: 'udp' | 'tcp'): ProbeTarget | null {
  const targets = listen
    .map((text) => parseListenUrl(text))
    .flatMap((url) => (url?.scheme === scheme && url.device === null ? [probeTarget(url)] : []))
  return targets.find(({ family }) => family === 4) ?? targets[0] ?? null
}

/** Half of what the limiter allows one client at once; the other half is for whatever else asks from there. */
function perSource({ config }: Ground, spec: ServiceSpec): number {
  const ntp = config.daemons.find(({ name }) => name === 'ntp')
  const limit = spec.name === 'ntp' && ntp?.name === 'ntp' ? ntp.section.rateLimit : null
  return limit === null ? WANTED : Math.max(1, Math.floor(limit.burst / 2))
}

/** Addresses of this machine to ask from: of IPv4 all of 127.x.0.0/16 for an x of this run, of IPv6 only one. */
function sourcesOf({ family, host }: ProbeTarget): (index: number) => string | null {
  if (family === 6) return (index) => (index === 0 ? host : null)
  const network = randomInt(1, 255)
  return (index) => (index < 250 ? `127.${network}.${index}.1` : null)
}

/** Our own address in a served subnet: as the relay's address it brings the answers back to us. */
function relayAddress({ config }: Ground): string | null {
  const dhcp = config.daemons.find(({ name }) => name === 'dhcp')
  if (dhcp?.name !== 'dhcp') return null
  const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const inside = own.find(
    ({ family, address }) => family === 'IPv4' && dhcp.section.subnets.some(({ subnet }) => contains(subnet, address)),
  )
  return inside?.address ?? null
}

function contains(subnet: string, address: string): boolean {
  const prefix = parsePrefix(subnet)
  const bytes = parseAddress(address)
  return prefix !== null && bytes !== null && prefixContains(prefix, bytes, 4)
}
