import type { InterfaceState } from '../../linux/interfaces.ts'
import type { DhcpSubnet6 } from '../section.ts'
import { type AttachedLink, subnetsOn } from './attached-link.ts'
import { isUnattached } from './plan-links.ts'

/** A link with what the system says of its interface. */
export interface ExaminedLink {
  readonly link: AttachedLink
  readonly state: InterfaceState
  /** Whether the kernel passes on what hosts send through us. */
  readonly forwards: boolean
}

/** Why hosts are not told what the configuration wants, in words. */
export function linkFaults(examined: readonly ExaminedLink[], subnets: readonly DhcpSubnet6[]): readonly string[] {
  const links = examined.map(({ link }) => link)
  const running = examined.filter(({ state }) => state === 'running')
  const isMissing = (subnet: DhcpSubnet6): boolean => isUnattached(subnet, links)
  return [
    ...running.flatMap(({ link: { device, linkLocal } }) =>
      linkLocal === null && subnets.some((subnet) => subnet.interface === device || isMissing(subnet))
        ? [`${device} has no link-local IPv6 address: see net.ipv6.conf.${device}.disable_ipv6`]
        : [],
    ),
    ...(running.some(({ link }) => link.linkLocal !== null)
      ? subnets
          // One that another router advertises may lie behind a relay agent.
          .filter((subnet) => subnet.advertise !== null && isMissing(subnet))
          .map(({ subnet }) => `no interface has an address in ${subnet}, and it names none: nobody is told of it`)
      : []),
    ...running.flatMap(({ link, forwards }) =>
      !forwards && subnetsOn(link, subnets).some(({ advertise }) => (advertise?.routerLifetimeSeconds ?? 0) > 0)
        ? [
            `hosts on ${link.device} send through this machine, which forwards no IPv6: sysctl net.ipv6.conf.all.forwarding=1`,
          ]
        : [],
    ),
  ]
}
