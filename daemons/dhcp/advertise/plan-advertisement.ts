import { parseAddress, parsePrefix } from '../../wire/address.ts'
import type { DhcpSubnet6 } from '../section.ts'
import { type AttachedLink, addressIn } from './attached-link.ts'
import type { OutdatedPrefix } from './prefix-ledger.ts'
import type { PrefixInformation, RouterAdvertisement } from './router-advertisement.ts'

/** What hosts put into packets that they send (RFC 4861 section 6.3.4, the number from RFC 1700). */
const HOST_HOP_LIMIT = 64
/** RFC 8106 section 5.1: a host that misses two advertisements keeps its name servers. */
const NAMES_LAST = 3
/** RFC 8781 section 4.1 says the same of a NAT64; the option can tell no more than 65,528 seconds. */
const NAT64_LASTS = 3
/** MaxRtrAdvInterval of RFC 4861 section 6.2.1. */
const USUAL_EVERY_SECONDS = 600

/**
 * Puts together what a link's router advertisements say: that of all of its subnets, and of prefixes that are outdated.
 *
 * @rfc 4861 section 6.2.3
 * @param subnets those of the link; where they contradict each other the longest router lifetime, the smallest MTU and
 *   the first portal win
 */
export function planAdvertisement(
  link: AttachedLink,
  subnets: readonly DhcpSubnet6[],
  outdated: readonly OutdatedPrefix[] = [],
): RouterAdvertisement {
  const parts = subnets.flatMap(({ advertise }) => advertise ?? [])
  const [router] = parts.toSorted((left, right) => right.routerLifetimeSeconds - left.routerLifetimeSeconds)
  const mtus = parts.flatMap(({ mtu }) => mtu ?? [])
  const every = everySecondsOf(subnets)
  return {
    hopLimit: HOST_HOP_LIMIT,
    managed: subnets.some(({ mode }) => mode === 'stateful'),
    other: subnets.some(({ mode }) => mode !== 'slaac'),
    // RFC 4191 section 2.2: who is no default router has no preference.
    preference: router === undefined || router.routerLifetimeSeconds === 0 ? 'medium' : router.routerPreference,
    routerLifetimeSeconds: router?.routerLifetimeSeconds ?? 0,
    reachableMs: 0,
    retransMs: 0,
    linkAddress: link.hardware,
    mtu: mtus.length === 0 ? null : Math.min(...mtus),
    prefixes: [...subnets.map(describePrefix), ...outdated.map(describeOutdated)],
    nameServers: distinct(subnets.flatMap((subnet) => nameServersOf(link, subnet))),
    searchDomains: [...new Set(subnets.flatMap(({ domainSearch }) => domainSearch))],
    namesSeconds: NAMES_LAST * every,
    captivePortal: subnets.flatMap(({ captivePortal }) => captivePortal ?? [])[0] ?? null,
    nat64: [...new Set(parts.flatMap(({ nat64 }) => nat64 ?? []))].map((text) => ({
      ...prefixOf(text),
      lifetimeSeconds: NAT64_LASTS * every,
    })),
  }
}

/** The longest time between two advertisements of a link, in seconds; where only outdated prefixes are told, the usual one. */
export function everySecondsOf(subnets: readonly DhcpSubnet6[]): number {
  const wanted = subnets.flatMap(({ advertise }) => advertise?.everySeconds ?? [])
  return wanted.length === 0 ? USUAL_EVERY_SECONDS : Math.min(...wanted)
}

function describePrefix({ subnet, mode, preferredSeconds, validSeconds }: DhcpSubnet6): PrefixInformation {
  return { ...prefixOf(subnet), onLink: true, autonomous: mode !== 'stateful', validSeconds, preferredSeconds }
}

/**
 * Tells hosts to use addresses in a prefix no more, but for what is open.
 *
 * @rfc 9096 section 3.5
 * @deviation the valid lifetime runs down instead of being 0: at 0 a host without a router loses its neighbours in the
 *   prefix at once, and what is open to them; no host keeps an address shorter than two hours for it (4862 section 5.5.3)
 */
function describeOutdated({ subnet, autonomous, isPresent, leftSeconds }: OutdatedPrefix): PrefixInformation {
  return { ...prefixOf(subnet), onLink: !isPresent, autonomous, validSeconds: leftSeconds, preferredSeconds: 0 }
}

function prefixOf(subnet: string): { readonly prefix: Uint8Array; readonly bits: number } {
  const prefix = parsePrefix(subnet)
  if (prefix === null) throw new TypeError(`not a prefix: ${subnet}`)
  return { prefix: prefix.bytes, bits: prefix.bits }
}

/** `self` is our address in the subnet, or, where we have none, what we are known by on the link. */
function nameServersOf(link: AttachedLink, { subnet, dns }: DhcpSubnet6): Uint8Array[] {
  return dns.flatMap((server) =>
    server === 'self' ? (addressIn(link, subnet) ?? link.linkLocal ?? []) : (parseAddress(server) ?? []),
  )
}

function distinct(addresses: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(addresses.map((address) => [address.join(), address])).values()]
}
