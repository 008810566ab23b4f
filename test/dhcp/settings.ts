import type { DhcpClass, DhcpSettings } from '../../daemons/dhcp/section.ts'

/** Settings that say nothing but what a test says. */
export function settings(parts: Partial<DhcpSettings> = {}): DhcpSettings {
  return { leaseSeconds: null, minLeaseSeconds: null, maxLeaseSeconds: null, options: [], boots: [], ...parts }
}

/** A class that looks at nothing but what a test says. */
export function dhcpClass(name: string, parts: Partial<DhcpClass>): DhcpClass {
  return {
    name,
    vendorClasses: [],
    userClasses: [],
    macs: [],
    randomMac: null,
    architectures: [],
    circuitIds: [],
    remoteIds: [],
    deny: false,
    settings: settings(),
    ...parts,
  }
}
