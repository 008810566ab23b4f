import * as v from 'valibot'
import type { DhcpReservation, DhcpSubnet } from '../../daemons/dhcp/section.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { domainName, hexBytes, hostLabel, ipv4, mac } from '../pieces/address.ts'
import { seconds } from '../pieces/duration.ts'
import { ipv4Range, ipv4Subnet } from '../pieces/ipv4-range.ts'
import { Complaint, flag, list, table, written } from '../pieces/piece.ts'
import { dhcpOptionSchema } from './dhcp-option.ts'

const LONGEST = '36500d'

const reservationSchema = table('One client that always gets the same address.', {
  mac: v.optional(mac('Its Ethernet address.')),
  client_id: v.optional(hexBytes('Its client identifier (option 61).', 255)),
  circuit_id: v.optional(hexBytes('The port it hangs on, as the relay agent says (option 82).', 255)),
  address: ipv4('The address it gets.'),
  hostname: v.optional(hostLabel('The name it gets.')),
})

/** One `[[dhcp.subnet]]`. */
export const dhcpSubnetSchema = table('A subnet whose clients get addresses.', {
  subnet: ipv4Subnet('The network with its prefix length.'),
  pools: v.optional(list('Ranges to give addresses from.', ipv4Range('A range, both ends included.')), []),
  lease_time: v.optional(seconds('Lease when the client does not ask for another.', '1s', LONGEST), '1h'),
  min_lease_time: v.optional(seconds('Shortest lease given.', '1s', LONGEST), '2m'),
  max_lease_time: v.optional(seconds('Longest lease given.', '1s', LONGEST), '1d'),
  authoritative: v.optional(flag('Refuse clients that ask for an address of another network.'), true),
  routers: v.optional(list('Gateways, best first.', ipv4('A gateway.')), []),
  dns: v.optional(list('Name servers, best first.', ipv4('A name server.')), []),
  domain: v.optional(domainName('Domain of the clients.')),
  ntp: v.optional(serverList('Time servers (option 42): "self", or addresses.')),
  log: v.optional(serverList('Log servers (option 7): "self", or addresses.')),
  lpr: v.optional(serverList('Print servers (option 9): "self", or addresses.')),
  options: v.optional(list('Any other options.', dhcpOptionSchema), []),
  reservation: v.optional(list('Clients with an address of their own.', reservationSchema), []),
})

export type WrittenSubnet = v.InferOutput<typeof dhcpSubnetSchema>

/** Fills in what a `[[dhcp.subnet]]` leaves open; pools come out in order. */
export function buildSubnet(subnet: WrittenSubnet): DhcpSubnet {
  return {
    subnet: `${formatIpv4(subnet.subnet.first)}/${subnet.subnet.bits}`,
    pools: subnet.pools
      .toSorted((left, right) => left.first - right.first)
      .map((pool) => ({ first: formatIpv4(pool.first), last: formatIpv4(pool.last) })),
    leaseSeconds: subnet.lease_time,
    minLeaseSeconds: subnet.min_lease_time,
    maxLeaseSeconds: subnet.max_lease_time,
    authoritative: subnet.authoritative,
    routers: subnet.routers,
    dns: subnet.dns,
    domain: subnet.domain ?? null,
    ntp: subnet.ntp ?? null,
    log: subnet.log ?? null,
    lpr: subnet.lpr ?? null,
    options: subnet.options,
    reservations: subnet.reservation.map(buildReservation),
  }
}

function buildReservation(reservation: WrittenSubnet['reservation'][number]): DhcpReservation {
  return {
    mac: reservation.mac ?? null,
    clientId: reservation.client_id ?? null,
    circuitId: reservation.circuit_id ?? null,
    address: reservation.address,
    hostname: reservation.hostname ?? null,
  }
}

function serverList(about: string) {
  const self = written(about, '"self" or a list of addresses', { const: 'self' }, (text): 'self' | Complaint =>
    text === 'self' ? text : new Complaint(`must be "self" or a list of addresses, not ${JSON.stringify(text)}`),
  )
  const addresses = list(about, ipv4('A server.'))
  return v.pipe(
    v.lazy((input) => (Array.isArray(input) ? addresses : self)),
    v.metadata({ jsonChoices: [self, addresses] }),
  )
}
