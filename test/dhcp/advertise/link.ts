import type { AttachedLink } from '../../../daemons/dhcp/advertise/attached-link.ts'
import type { RouterAdvertisement } from '../../../daemons/dhcp/advertise/router-advertisement.ts'
import type { Advertise6, DhcpSubnet6 } from '../../../daemons/dhcp/section.ts'
import { parseAddress } from '../../../daemons/wire/address.ts'

/** The octets of an IPv6 address. */
export function ip6(text: string): Uint8Array {
  const octets = parseAddress(text)
  if (octets?.length !== 16) throw new Error(`not an IPv6 address: ${text}`)
  return octets
}

/** What a test's subnet advertises, unless it says otherwise. */
export const advertise: Advertise6 = {
  everySeconds: 600,
  routerLifetimeSeconds: 0,
  routerPreference: 'medium',
  mtu: null,
  nat64: null,
}

/** A subnet for SLAAC that says nothing but what a test says. */
export function subnet6(subnet: string, parts: Partial<DhcpSubnet6> = {}): DhcpSubnet6 {
  return {
    subnet,
    interface: null,
    mode: 'slaac',
    advertise,
    pools: [],
    preferredSeconds: 3600,
    validSeconds: 7200,
    rapidCommit: false,
    dns: [],
    domainSearch: [],
    ntp: [],
    captivePortal: null,
    reservations: [],
    ...parts,
  }
}

/** A link with an interface of these addresses, beside `fe80::1`. */
export function link(device: string, ...addresses: readonly string[]): AttachedLink {
  return {
    device,
    hardware: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
    linkLocal: ip6('fe80::1'),
    addresses: addresses.map(ip6),
  }
}

/** An advertisement that says nothing but what a test says. */
export function advertisement(parts: Partial<RouterAdvertisement> = {}): RouterAdvertisement {
  return {
    hopLimit: 0,
    managed: false,
    other: false,
    preference: 'medium',
    routerLifetimeSeconds: 0,
    reachableMs: 0,
    retransMs: 0,
    linkAddress: null,
    mtu: null,
    prefixes: [],
    nameServers: [],
    searchDomains: [],
    namesSeconds: 0,
    captivePortal: null,
    nat64: [],
    ...parts,
  }
}
