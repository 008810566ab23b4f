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

/** Asks a service on the wire, by each protocol through the best of its sockets; never rejects. */
export async function probeService(
  { probe }: Pick<ServiceSpec, 'probe'>,
  sockets: readonly Kept[],
  token: string,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const url = probe === null ? null : doorOf(sockets, probe)
  if (probe === null || url === null) return { kind: 'sick', error: 'there is no socket to probe', latencyMs: 0 }
  const { beside } = probe
  const first = ask(probe, url, token, signal)
  // A machine may have no IPv6 on loopback, by which we would ask, and serve it elsewhere all the same.
  const besideUrl = beside === undefined ? null : doorOf(sockets, beside)
  if (beside === undefined || besideUrl === null) return first
  return worseOf(await first, withWords(await ask(beside, besideUrl, token, signal), 'DHCPv6'))
}

function ask(
  { protocol, giaddr, wants }: ProbeSpec,
  url: ListenUrl,
  token: string,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const options = { url, token, timeoutMs: TIMEOUT_MS, now: () => performance.now() }
  switch (protocol) {
    case 'ntp':
      return probeNtp(options)(signal)
    case 'syslog':
      return probeSyslog(options)(signal)
    case 'http':
      return probeHttp(options)(signal)
    case 'dhcp':
      return giaddr === null
        ? Promise.resolve({ kind: 'sick', error: 'there is no subnet to probe', latencyMs: 0 })
        : probeDhcpOf(giaddr)({ ...options, giaddr, wants })(signal)
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

/** The one that is worse, and of two good ones the slower. */
function worseOf(one: ProbeOutcome, other: ProbeOutcome): ProbeOutcome {
  if (one.kind === 'ok' && other.kind === 'ok') return one.latencyMs >= other.latencyMs ? one : other
  return RANKS[other.kind] > RANKS[one.kind] ? other : one
}

const RANKS = { ok: 0, sick: 1, silent: 2 } as const

function withWords(outcome: ProbeOutcome, words: string): ProbeOutcome {
  return outcome.kind === 'ok' ? outcome : { ...outcome, error: `${words}: ${outcome.error}` }
}
