import * as v from 'valibot'
import type { DhcpReservation6, DhcpSubnet6 } from '../../daemons/dhcp/section.ts'
import { device, domainName, hexBytes, hostLabel, mac } from '../pieces/address.ts'
import { seconds } from '../pieces/duration.ts'
import { formatIpv6, ipv6, ipv6Range, ipv6Subnet } from '../pieces/ipv6-range.ts'
import { oneOrMore } from '../pieces/one-or-more.ts'
import { Complaint, expected, flag, list, oneOf, table, text, whole, written } from '../pieces/piece.ts'
import type { ServedHere } from './dhcp-settings.ts'

/** RFC 4861 section 6.2.1: the least and the most of MaxRtrAdvInterval, and the most of AdvDefaultLifetime. */
const [LEAST_EVERY, MOST_EVERY, MOST_ROUTER_LIFETIME] = ['4s', '1800s', '9000s']
const LONGEST_DUID = 130
const NAT64_LENGTHS: readonly number[] = [32, 40, 48, 56, 64, 96]

const reservation6Schema = table('One host that always gets the same IPv6 address.', {
  duid: v.optional(oneOrMore('Its DHCP unique identifiers.', hexBytes('A DUID.', LONGEST_DUID))),
  mac: v.optional(oneOrMore('Its Ethernet addresses.', mac('An Ethernet address.'))),
  address: ipv6('The address it gets.'),
  hostname: v.optional(hostLabel('The name it gets.')),
})

/** Keys that only router advertisements tell. */
const advertiseEntries = {
  advertise_every: v.optional(
    seconds('Longest time between two router advertisements. Default 10m.', LEAST_EVERY, MOST_EVERY),
  ),
  router_lifetime: v.optional(
    seconds(
      'How long hosts send to this machine what is not for their own link. Default 0s: never.',
      '0s',
      MOST_ROUTER_LIFETIME,
    ),
  ),
  router_preference: v.optional(
    oneOf('What hosts make of this router beside others. Default "medium".', ['low', 'medium', 'high']),
  ),
  mtu: v.optional(whole('Longest packet on the link.', 1280, 65_535)),
  nat64: v.optional(
    ipv6Subnet('Prefix of the NAT64 of the site (RFC 8781).', {
      example: '64:ff9b::/96',
      isLength: (bits) => NAT64_LENGTHS.includes(bits),
      lengths: `of ${NAT64_LENGTHS.join(', ')}`,
    }),
  ),
}

/** The keys that only router advertisements tell. */
export const ADVERTISE_KEYS = Object.keys(advertiseEntries) as readonly (keyof typeof advertiseEntries)[]

/** One `[[dhcp.subnet6]]`. */
export const dhcpSubnet6Schema = table('An IPv6 network on an attached link.', {
  subnet: ipv6Subnet('The network with its prefix length.', {
    example: 'fd00:50::/64',
    isLength: (bits) => bits >= 32 && bits <= 126,
    lengths: 'from 32 to 126',
  }),
  interface: v.optional(device('Where it is; absent = the interface that has an address in it.')),
  mode: v.optional(
    oneOf(
      'How hosts get addresses. "slaac": they make them; "stateless": and ask DHCPv6 for the rest; "stateful": DHCPv6 gives them.',
      ['slaac', 'stateless', 'stateful'],
    ),
    'slaac',
  ),
  advertise: v.optional(flag('false: another router sends the advertisements.'), true),
  ...advertiseEntries,
  pools: v.optional(list('Ranges that DHCPv6 gives addresses from.', ipv6Range('A range, both ends included.')), []),
  preferred_lifetime: v.optional(
    seconds('How long addresses are used for new connections. Default 1h.', '1s', '36500d'),
  ),
  valid_lifetime: v.optional(
    seconds('How long addresses are valid at all. Default twice the preferred.', '1s', '36500d'),
  ),
  rapid_commit: v.optional(flag('true: clients that ask for it get their lease in two messages, not four.'), false),
  dns: v.optional(serverList('Name servers, best first.'), []),
  domain_search: v.optional(list('Domains that short names are looked up in.', domainName('A domain.')), []),
  ntp: v.optional(serverList('Time servers, told by DHCPv6.'), []),
  captive_portal: v.optional(portal()),
  reservation: v.optional(list('Hosts with an address of their own.', reservation6Schema), []),
})

export type WrittenSubnet6 = v.InferOutput<typeof dhcpSubnet6Schema>

/** Fills in what a `[[dhcp.subnet6]]` leaves open; pools come out in order. */
export function buildSubnet6(subnet: WrittenSubnet6, served: ServedHere): DhcpSubnet6 {
  const { preferred, valid } = lifetimesOf(subnet)
  return {
    subnet: subnetName6(subnet),
    interface: subnet.interface ?? null,
    mode: subnet.mode,
    advertise: subnet.advertise ? buildAdvertise(subnet) : null,
    pools: subnet.pools
      .toSorted((left, right) => (left.first < right.first ? -1 : 1))
      .map(({ first, last }) => ({ first: formatIpv6(first), last: formatIpv6(last) })),
    preferredSeconds: preferred,
    validSeconds: valid,
    rapidCommit: subnet.rapid_commit,
    dns: subnet.dns,
    domainSearch: subnet.domain_search,
    ntp: subnet.ntp.filter((server) => server !== 'self' || served.has('ntp')),
    captivePortal: subnet.captive_portal ?? null,
    reservations: subnet.reservation.map(buildReservation),
  }
}

/** How often a subnet is advertised at least, in seconds. */
export function everySecondsOf({ advertise_every: every }: WrittenSubnet6): number {
  return every ?? 600
}

/** The lifetimes of a subnet in seconds, with what it leaves open. */
export function lifetimesOf(subnet: WrittenSubnet6): { readonly preferred: number; readonly valid: number } {
  const { preferred_lifetime: preferred, valid_lifetime: valid } = subnet
  const usual = preferred ?? Math.min(3600, valid ?? 3600)
  return { preferred: usual, valid: valid ?? 2 * usual }
}

/** A subnet as it is called: `fd00:50::/64`. */
export function subnetName6({ subnet }: Pick<WrittenSubnet6, 'subnet'>): string {
  return `${formatIpv6(subnet.first)}/${subnet.bits}`
}

function buildAdvertise(subnet: WrittenSubnet6): DhcpSubnet6['advertise'] {
  const { nat64 } = subnet
  return {
    everySeconds: everySecondsOf(subnet),
    routerLifetimeSeconds: subnet.router_lifetime ?? 0,
    routerPreference: subnet.router_preference ?? 'medium',
    mtu: subnet.mtu ?? null,
    nat64: nat64 === undefined ? null : subnetName6({ subnet: nat64 }),
  }
}

function buildReservation(reservation: WrittenSubnet6['reservation'][number]): DhcpReservation6 {
  return {
    duids: reservation.duid ?? [],
    macs: reservation.mac ?? [],
    address: formatIpv6(reservation.address),
    hostname: reservation.hostname ?? null,
  }
}

/** `"self"`, or a list of addresses among which it may stand. */
function serverList(about: string) {
  const what = '"self" or a list of addresses'
  const self = written(about, what, { const: 'self' }, (value): 'self' | Complaint =>
    value === 'self' ? value : new Complaint(expected(what, value)),
  )
  const address = v.pipe(ipv6('A server.'), v.transform(formatIpv6))
  const server = v.pipe(
    v.lazy((input) => (input === 'self' ? self : address)),
    v.metadata({ jsonChoices: [self, address] }),
  )
  const alone = v.pipe(
    self,
    v.transform((value): string[] => [value]),
  )
  const several = list(about, server)
  return v.pipe(
    v.lazy((input) => (Array.isArray(input) ? several : alone)),
    v.metadata({ jsonChoices: [alone, several] }),
  )
}

/** RFC 8910 section 2: a URI of HTTP, or the name that says that there is none. */
function portal() {
  const about = "URI of the captive portal's interface (RFC 8910)."
  const what = 'a URI such as "https://portal.example/api"'
  return v.pipe(
    text(about, what),
    v.check(
      (value) =>
        value === 'urn:ietf:params:capport:unrestricted' || (/^https?:\/\//.test(value) && URL.canParse(value)),
      (issue) => expected(what, issue.input),
    ),
    v.check((value) => /^[!-~]{1,255}$/.test(value), 'must have at most 255 characters, without spaces'),
  )
}
