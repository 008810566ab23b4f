import type { DhcpSection, DhcpSubnet } from '../../daemons/dhcp/section.ts'

/** A subnet on an attached network, small enough to run out of addresses. */
export const attachedSubnet: DhcpSubnet = {
  subnet: '192.0.2.0/24',
  pools: [{ first: '192.0.2.100', last: '192.0.2.109' }],
  leaseSeconds: 3600,
  minLeaseSeconds: 60,
  maxLeaseSeconds: 7200,
  authoritative: false,
  routers: ['192.0.2.1'],
  dns: ['192.0.2.1'],
  domain: 'lab.example',
  ntp: null,
  log: 'self',
  lpr: ['192.0.2.7', '192.0.2.8'],
  options: [],
  reservations: [
    { mac: '52:54:00:00:00:52', clientId: null, circuitId: null, address: '192.0.2.50', hostname: 'printer' },
    { mac: null, clientId: 'ff0102030400010203', circuitId: null, address: '192.0.2.51', hostname: null },
    { mac: null, clientId: null, circuitId: '65746830', address: '192.0.2.52', hostname: null },
  ],
}

/** A subnet behind a relay agent. */
export const relayedSubnet: DhcpSubnet = {
  ...attachedSubnet,
  subnet: '198.51.100.0/24',
  pools: [{ first: '198.51.100.20', last: '198.51.100.29' }],
  routers: ['198.51.100.1'],
  reservations: [{ mac: null, clientId: null, circuitId: '7365617437', address: '198.51.100.77', hostname: null }],
}

/** A large subnet served through a relay on loopback. */
export const loopbackSection: DhcpSection = {
  interfaces: [],
  listen: ['udp://127.0.0.1:0'],
  relayPort: 'source',
  serverId: null,
  subnets: [
    {
      ...attachedSubnet,
      subnet: '10.77.0.0/16',
      pools: [{ first: '10.77.1.0', last: '10.77.250.255' }],
      authoritative: true,
      routers: ['10.77.0.1'],
      reservations: [],
    },
  ],
}
