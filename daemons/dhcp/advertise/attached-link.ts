import type { networkInterfaces } from 'node:os'
import { parseAddress, parsePrefix, prefixContains } from '../../wire/address.ts'
import { parseHex } from '../message/hex.ts'
import type { DhcpSubnet6 } from '../section.ts'
import { isLinkLocal } from './router-solicitation.ts'

/** One of our interfaces with its IPv6 addresses, as it is now. */
export interface AttachedLink {
  readonly device: string
  /** Of Ethernet; null where there is none. */
  readonly hardware: Uint8Array | null
  /** What routers are known by on the link, 16 octets; null while the interface has none, or IPv6 is off there. */
  readonly linkLocal: Uint8Array | null
  /** The others, 16 octets each. */
  readonly addresses: readonly Uint8Array[]
}

/** What the system says of an interface; one that is absent, down or unplugged has nothing. */
export function readLink(device: string, entries: ReturnType<typeof networkInterfaces>[string]): AttachedLink {
  const ipv6 = (entries ?? []).flatMap(({ family, address }) =>
    family === 'IPv6' ? (parseAddress(address.replace(/%.*/, '')) ?? []) : [],
  )
  const hardware = parseHex(entries?.[0]?.mac ?? '')
  return {
    device,
    hardware: hardware?.length === 6 && hardware.some((octet) => octet !== 0) ? hardware : null,
    linkLocal: ipv6.find(isLinkLocal) ?? null,
    addresses: ipv6.filter((address) => !isLinkLocal(address)),
  }
}

/** The subnets of a link: those that name its interface, and those without a name in which it has an address. */
export function subnetsOn(link: AttachedLink, subnets: readonly DhcpSubnet6[]): readonly DhcpSubnet6[] {
  return subnets.filter(({ subnet, interface: named }) =>
    named === null ? addressIn(link, subnet) !== null : named === link.device,
  )
}

/** The address that a link's interface has in a subnet, null when it has none. */
export function addressIn({ addresses }: AttachedLink, subnet: string): Uint8Array | null {
  const prefix = parsePrefix(subnet)
  return (prefix && addresses.find((address) => prefixContains(prefix, address, 16))) ?? null
}
