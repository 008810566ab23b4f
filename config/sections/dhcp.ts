import * as v from 'valibot'
import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { device, ipv4 } from '../pieces/address.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { Complaint, expected, flag, list, table, whole, written } from '../pieces/piece.ts'
import { buildClass, classSchema } from './dhcp-class.ts'
import { buildLimits, dhcpLimitsSchema } from './dhcp-limits.ts'
import { serviceEntries, sharedNetworkSchema, type WrittenSharedNetwork } from './dhcp-link.ts'
import { type ServedHere, settingsEntries } from './dhcp-settings.ts'
import { buildSubnet, dhcpSubnetSchema, subnetName, type WrittenSubnet } from './dhcp-subnet.ts'
import { buildSubnet6, dhcpSubnet6Schema } from './dhcp-subnet6.ts'
import { buildWatch, watchEntries } from './dhcp-watch.ts'
import { restartSchema } from './restart.ts'

/** `[dhcp]`. */
export const dhcpSchema = table('Leases IPv4 addresses, and tells hosts how to get IPv6 ones.', {
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  interfaces: v.optional(list('Interfaces of directly attached LANs.', device('An interface.')), []),
  listen: v.optional(listenList('Sockets for relay agents.', ['udp']), []),
  relay_port: v.optional(relayPort(), 67),
  trusted_links: v.optional(
    list(
      'Interfaces on which switches add option 82 to what clients send, without being relay agents (DHCP snooping).',
      device('One of interfaces.'),
    ),
    [],
  ),
  server_id: v.optional(ipv4('Address that names this server; absent = that of the interface.')),
  ...watchEntries,
  limits: v.optional(dhcpLimitsSchema, {}),
  ...settingsEntries,
  ...serviceEntries,
  class: v.optional(list('Kinds of clients.', classSchema), []),
  shared_network: v.optional(list('Links with several subnets.', sharedNetworkSchema), []),
  subnet: v.optional(list('Subnets whose clients get addresses.', dhcpSubnetSchema), []),
  subnet6: v.optional(list('IPv6 networks on attached links.', dhcpSubnet6Schema), []),
  restart: v.optional(restartSchema),
})

export type WrittenDhcp = v.InferOutput<typeof dhcpSchema>

/** Fills in what `[dhcp]` leaves open. @param served services that this machine has */
export function buildDhcp(section: WrittenDhcp, anchor: (path: string) => string, served: ServedHere): DhcpSection {
  return {
    interfaces: section.interfaces,
    listen: section.listen.map((url) => anchorListenUrl(url, anchor)),
    relayPort: section.relay_port,
    trustedLinks: section.trusted_links,
    serverId: section.server_id ?? null,
    ...buildWatch(section),
    limits: buildLimits(section.limits),
    classes: section.class.map((one) => buildClass(one, served)),
    subnets: section.subnet.map((subnet) =>
      buildSubnet(subnet, { network: networkOf(section, subnet), section }, served),
    ),
    subnets6: section.subnet6.map((subnet) => buildSubnet6(subnet, served)),
  }
}

/** The shared network that a subnet belongs to. */
export function networkOf(
  { shared_network: networks }: Pick<WrittenDhcp, 'shared_network'>,
  subnet: Pick<WrittenSubnet, 'subnet'>,
): WrittenSharedNetwork | undefined {
  return networks.find(({ subnets }) => subnets.some((one) => subnetName({ subnet: one }) === subnetName(subnet)))
}

function relayPort() {
  const about = 'Port of relay agents that answers go to; "source" = the port that the relay sent from.'
  const what = 'a port from 1 to 65535, or "source"'
  const port = whole(about, 1, 65_535)
  const source = written(about, what, { const: 'source' }, (text): 'source' | Complaint =>
    text === 'source' ? text : new Complaint(expected(what, text)),
  )
  return v.pipe(
    v.lazy((input) => (typeof input === 'string' ? source : port)),
    v.metadata({ jsonChoices: [port, source] }),
  )
}
