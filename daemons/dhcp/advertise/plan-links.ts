import type { DhcpSubnet6 } from '../section.ts'
import { type AttachedLink, subnetsOn } from './attached-link.ts'
import type { Telling } from './link-advertiser.ts'
import { everySecondsOf, planAdvertisement } from './plan-advertisement.ts'
import { outdatedOn, type ToldPrefix, updateLedger } from './prefix-ledger.ts'

/** What each link is to be told, by device; null = nothing, or nobody is there. */
export interface LinksPlan {
  readonly tellings: ReadonlyMap<string, Telling | null>
  /** What hosts were told and may still go by; the old ones (`===`) when nothing changed. */
  readonly records: readonly ToldPrefix[]
}

/** Spreads the subnets over the links as they are now, and finds out what is to be taken back. */
export function planLinks(
  links: readonly AttachedLink[],
  subnets: readonly DhcpSubnet6[],
  records: readonly ToldPrefix[],
  wallMs: number,
): LinksPlan {
  const waiting = new Set(subnets.filter((subnet) => isWaiting(subnet, links)).map(({ subnet }) => subnet))
  const tellings = new Map<string, Telling | null>()
  let known = records
  for (const link of links) {
    const { device, linkLocal } = link
    tellings.set(device, null)
    if (linkLocal === null) continue
    const mine = subnetsOn(link, subnets).filter(({ advertise }) => advertise !== null)
    const told = mine.map(({ subnet, mode, validSeconds }) => ({
      subnet,
      autonomous: mode !== 'stateful',
      validSeconds,
    }))
    known = updateLedger(known, { device, told, waiting }, wallMs)
    const outdated = outdatedOn(known, device, wallMs)
    if (mine.length + outdated.length > 0)
      tellings.set(device, {
        told: planAdvertisement(link, mine, outdated),
        source: linkLocal,
        everySeconds: everySecondsOf(mine),
      })
  }
  return { tellings, records: known }
}

/** Subnets that no link has at the moment, or of which another router tells: what hosts know of them is not outdated. */
function isWaiting(subnet: DhcpSubnet6, links: readonly AttachedLink[]): boolean {
  return subnet.advertise === null || isUnattached(subnet, links)
}

/** Whether a subnet names no interface, and none has an address in it. */
export function isUnattached(subnet: DhcpSubnet6, links: readonly AttachedLink[]): boolean {
  return subnet.interface === null && links.every((link) => subnetsOn(link, [subnet]).length === 0)
}
