import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Kept } from '../sockets/held-sockets.ts'
import type { ProbeSpec, ServiceSpec } from '../spec/spec.ts'
import type { ProbeOutcome } from './probe.ts'
import { probeDhcp } from './probe-dhcp.ts'
import { probeDhcp6 } from './probe-dhcp6.ts'
import { isProbeDoor } from './probe-door.ts'
import { probeHttp } from './probe-http.ts'
import { probeNtp } from './probe-ntp.ts'
import { probeSyslog } from './probe-syslog.ts'

const TIMEOUT_MS = 2_000

/** Asks a service on the wire, through the best of its sockets; never rejects. */
export async function probeService(
  spec: ServiceSpec,
  sockets: readonly Kept[],
  token: string,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const url = spec.probe === null ? null : doorOf(sockets, spec.probe)
  if (spec.probe === null || url === null) return { kind: 'sick', error: 'there is no socket to probe', latencyMs: 0 }
  const options = { url, token, timeoutMs: TIMEOUT_MS, now: () => performance.now() }
  switch (spec.probe.protocol) {
    case 'ntp':
      return probeNtp(options)(signal)
    case 'syslog':
      return probeSyslog(options)(signal)
    case 'http':
      return probeHttp(options)(signal)
    case 'dhcp':
      if (spec.probe.giaddr === null) return { kind: 'sick', error: 'there is no subnet to probe', latencyMs: 0 }
      return probeDhcpOf(spec.probe.giaddr)({ ...options, giaddr: spec.probe.giaddr, wants: spec.probe.wants })(signal)
  }
}

function probeDhcpOf(giaddr: string): typeof probeDhcp {
  return giaddr.includes(':') ? probeDhcp6 : probeDhcp
}

/** The probe's own door where there is one, else the first socket that it can ask by. */
function doorOf(sockets: readonly Kept[], probe: ProbeSpec): ListenUrl | null {
  const open = sockets.filter(({ opened: { url } }) => isProbeDoor(url, probe))
  return (open.find(({ spec }) => spec.probeOnly) ?? open[0])?.opened.url ?? null
}
