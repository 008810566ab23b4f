import * as v from 'valibot'
import type { DhcpDenial } from '../../daemons/dhcp/section.ts'
import { parseMacPrefix } from '../pieces/hardware.ts'
import { ipv4Subnet } from '../pieces/ipv4-range.ts'
import { Complaint, flag, list, oneOf, table, text, written } from '../pieces/piece.ts'
import { settingsEntries } from './dhcp-settings.ts'

/** Who is served and how: keys of the section, of a shared network and of a subnet. */
export const serviceEntries = {
  authoritative: v.optional(flag('Refuse clients that ask for an address of another network. Default true.')),
  rapid_commit: v.optional(flag('Give the address at once to clients that ask for that. Default false.')),
  bootp: v.optional(
    oneOf('BOOTP clients: "static" = those with a reservation, "dynamic" = all. Default "static".', [
      'off',
      'static',
      'dynamic',
    ]),
  ),
  deny: v.optional(list('Clients that are not served.', denied())),
}

/** One `[[dhcp.shared_network]]`. */
export const sharedNetworkSchema = table('Subnets on one link.', {
  name: text('Its name.', 'a name'),
  subnets: list('Its subnets.', ipv4Subnet('A subnet.')),
  ...settingsEntries,
  ...serviceEntries,
})

export type WrittenSharedNetwork = v.InferOutput<typeof sharedNetworkSchema>

/** One entry of a deny list. */
export type WrittenDenial = { readonly mac: string } | { readonly class: string }

/** Puts the lists of several levels together: who is denied at one is denied. */
export function buildDenial(lists: readonly (readonly WrittenDenial[] | undefined)[]): DhcpDenial {
  const all = lists.flatMap((one) => one ?? [])
  return {
    macs: all.flatMap((one) => ('mac' in one ? [one.mac] : [])),
    classes: all.flatMap((one) => ('class' in one ? [one.class] : [])),
  }
}

function denied() {
  const about = 'First bytes of an Ethernet address such as "52:54:00", or the name of a class.'
  const what = 'an Ethernet address, its first bytes such as "52:54:00", or the name of a class'
  return written(about, what, {}, (value): WrittenDenial | Complaint => {
    const mac = parseMacPrefix(value)
    if (mac !== null) return { mac }
    return value.includes(':') ? new Complaint(`must be ${what}, not ${JSON.stringify(value)}`) : { class: value }
  })
}
