import type { DhcpReservation6, DhcpSubnet6 } from '../../../daemons/dhcp/section.ts'

/** A reservation by whatever a test says. */
export function reservation6(parts: Partial<DhcpReservation6> & Pick<DhcpReservation6, 'address'>): DhcpReservation6 {
  return { duids: [], macs: [], hostname: null, ...parts }
}

/** A subnet on an attached network, small enough to run out of addresses. */
export const attached6: DhcpSubnet6 = {
  subnet: 'fd00:50::/64',
  interface: 'lan0',
  mode: 'stateful',
  advertise: null,
  pools: [
    { first: 'fd00:50::1000', last: 'fd00:50::1004' },
    { first: 'fd00:50::2000', last: 'fd00:50::2004' },
  ],
  preferredSeconds: 1000,
  validSeconds: 2000,
  rapidCommit: false,
  dns: ['self', 'fd00:50::53'],
  domainSearch: ['lab.example', 'example'],
  ntp: ['self'],
  captivePortal: 'https://portal.example/api',
  reservations: [
    reservation6({ macs: ['52:54:00:00:00:52'], address: 'fd00:50::52', hostname: 'printer' }),
    reservation6({ duids: ['0002000000090c'], address: 'fd00:50::1001' }),
  ],
}

/** A subnet behind a relay agent. */
export const relayed6: DhcpSubnet6 = {
  ...attached6,
  subnet: 'fd00:51::/64',
  interface: null,
  pools: [{ first: 'fd00:51::10', last: 'fd00:51::1f' }],
  reservations: [],
}
