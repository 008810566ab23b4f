import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Facts, SocketFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('rights', 'without them the service cannot open its sockets, or not give up its own rights')

/** Bits of linux/capability.h. */
const CAPABILITY = { CHOWN: 0, KILL: 5, SETGID: 6, SETUID: 7, NET_BIND_SERVICE: 10, NET_RAW: 13 } as const
type CapabilityName = keyof typeof CAPABILITY

/** What root of a container often lacks, and the supervisor needs to run its daemons as another user. */
const TO_CHANGE_USER: readonly CapabilityName[] = ['CHOWN', 'KILL', 'SETGID', 'SETUID']

/** Ports below 1024, Ethernet frames, ICMPv6, and becoming another user. */
export function checkRights({
  rights,
  sockets,
  users,
}: Pick<Facts, 'rights' | 'sockets' | 'users'>): readonly Finding[] {
  const isRoot = rights.uid === 0
  const refused = sockets.filter(isRefused)
  const missing: CapabilityName[] =
    isRoot && users.length > 0 ? TO_CHANGE_USER.filter((name) => !has(rights, name)) : []
  const findings = refused.map(({ service, url }) => {
    const capability = url.scheme === 'packet' || url.scheme === 'icmp6' ? 'NET_RAW' : 'NET_BIND_SERVICE'
    return about.fail(
      `${formatListenUrl(url)} (${service}) is not allowed to ${rights.name}: it needs CAP_${capability}`,
      isRoot ? grant([capability]) : 'sudo lanward up',
    )
  })
  if (missing.length > 0)
    findings.push(
      about.fail(
        `this root lacks ${missing.map((name) => `CAP_${name}`).join(', ')}: services cannot become another user`,
        grant(missing),
      ),
    )
  return findings.length > 0
    ? findings
    : [about.ok(isRoot ? 'root, with what it needs' : `${rights.name}, and nothing here needs more`)]
}

function isRefused({ url, trial }: SocketFact): boolean {
  return !('path' in url) && typeof trial === 'object' && (trial.code === 'EACCES' || trial.code === 'EPERM')
}

function has({ capabilities }: Facts['rights'], name: CapabilityName): boolean {
  return ((capabilities >> BigInt(CAPABILITY[name])) & 1n) === 1n
}

function grant(names: readonly CapabilityName[]): string {
  const docker = names.map((name) => `--cap-add=${name}`).join(' ')
  return `${docker} for the container, or CapabilityBoundingSet=${names.map((name) => `CAP_${name}`).join(' ')} in the unit`
}
