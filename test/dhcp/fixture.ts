import type { DhcpOption, DhcpReservation, DhcpSection, DhcpSubnet } from '../../daemons/dhcp/section.ts'

/** A reservation by whatever a test says. */
export function reservation(parts: Partial<DhcpReservation> & Pick<DhcpReservation, 'address'>): DhcpReservation {
  return { macs: [], clientIds: [], circuitIds: [], remoteIds: [], hostname: null, ...parts }
}

/** An option in wire form. */
export function option(code: number, hex: string, always = false): DhcpOption {
  return { code, hex, always }
}

/** A subnet on an attached network, small enough to run out of addresses. */
export const attachedSubnet: DhcpSubnet = {
  subnet: '192.0.2.0/24',
  pools: [{ first: '192.0.2.100', last: '192.0.2.109' }],
  network: null,
  leaseSeconds: 3600,
  minLeaseSeconds: 60,
  maxLeaseSeconds: 7200,
  authoritative: false,
  rapidCommit: false,
  bootp: 'static',
  deny: { macs: [], classes: [] },
  routers: ['192.0.2.1'],
  options: [
    option(3, 'c0000201'),
    option(6, 'c0000201'),
    option(15, Buffer.from('lab.example').toString('hex')),
    option(7, 'self'),
    option(9, 'c0000207c0000208'),
  ],
  boots: [],
  reservations: [
    reservation({ macs: ['52:54:00:00:00:52'], address: '192.0.2.50', hostname: 'printer' }),
    reservation({ clientIds: ['ff0102030400010203'], address: '192.0.2.51' }),
    reservation({ circuitIds: ['65746830'], address: '192.0.2.52' }),
  ],
}

/** A subnet behind a relay agent. */
export const relayedSubnet: DhcpSubnet = {
  ...attachedSubnet,
  subnet: '198.51.100.0/24',
  pools: [{ first: '198.51.100.20', last: '198.51.100.29' }],
  routers: ['198.51.100.1'],
  reservations: [reservation({ circuitIds: ['7365617437'], address: '198.51.100.77' })],
}

/** A large subnet served through a relay on loopback. */
export const loopbackSection: DhcpSection = {
  interfaces: [],
  listen: ['udp://127.0.0.1:0'],
  relayPort: 'source',
  trustedLinks: [],
  serverId: null,
  conflictCheck: 'off',
  conflictWaitMs: 300,
  trustedServers: [],
  searchServersMs: null,
  limits: { perMac: 0, perPort: 0, perLink: 0, leasesPerPort: 0 },
  classes: [],
  subnets6: [],
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
