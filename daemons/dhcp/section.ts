/** The checked `[dhcp]` section as the daemon gets it; addresses are dotted quads, times are seconds, bytes hex. */
export interface DhcpSection {
  readonly interfaces: readonly string[]
  readonly listen: readonly string[]
  /** Port at giaddr that replies go to; `source` = the port the relay sent from. */
  readonly relayPort: number | 'source'
  /** Interfaces whose switches are believed when they add option 82 without being relay agents. */
  readonly trustedLinks: readonly string[]
  readonly serverId: string | null
  /** How it is found out whether an address is in use before it is offered: by ARP on attached networks, by that and by ICMP echo behind relays, or not. */
  readonly conflictCheck: 'arp' | 'icmp' | 'off'
  /** How long an answer is waited for. */
  readonly conflictWaitMs: number
  /** Other DHCP servers that are meant to be there. */
  readonly trustedServers: readonly string[]
  /** How often other servers are looked for by a DISCOVER on each attached network; null = they are only heard. */
  readonly searchServersMs: number | null
  readonly limits: DhcpLimits
  /** In the order of the file: the settings of an earlier one stand above those of a later. */
  readonly classes: readonly DhcpClass[]
  readonly subnets: readonly DhcpSubnet[]
  readonly subnets6: readonly DhcpSubnet6[]
}

/** 0 = without limit. */
export interface DhcpLimits {
  /** Messages in a second. */
  readonly perMac: number
  readonly perPort: number
  readonly perLink: number
  readonly leasesPerPort: number
}

/** What one level of the configuration gives its clients; null, or an option left out, leaves it to the level below. */
export interface DhcpSettings {
  readonly leaseSeconds: number | null
  readonly minLeaseSeconds: number | null
  readonly maxLeaseSeconds: number | null
  readonly options: readonly DhcpOption[]
  /** Highest level first. */
  readonly boots: readonly DhcpBoot[]
}

/** The settings of a subnet hold those of its shared network and of the section. */
export interface DhcpSubnet extends DhcpSettings {
  readonly subnet: string
  /** Subnets of one name are on one link, in the order in which addresses are taken from them; null = alone. */
  readonly network: string | null
  /** Inclusive ranges inside the subnet, in order, not overlapping. */
  readonly pools: readonly DhcpPool[]
  readonly leaseSeconds: number
  readonly minLeaseSeconds: number
  readonly maxLeaseSeconds: number
  readonly authoritative: boolean
  readonly rapidCommit: boolean
  readonly bootp: 'off' | 'static' | 'dynamic'
  readonly deny: DhcpDenial
  /** Given to no client. */
  readonly routers: readonly string[]
  readonly reservations: readonly DhcpReservation[]
}

export interface DhcpPool {
  readonly first: string
  readonly last: string
  /** Only for clients of one of these classes; absent = for clients whose classes have no pool in the subnet. */
  readonly classes?: readonly string[]
  /** Absent = none of its own. */
  readonly settings?: DhcpSettings
}

export interface DhcpOption {
  readonly code: number
  /**
   * The value in wire form, before it is split into instances of 255 octets; empty = none, whatever the level below says;
   * `self` = the address of this server.
   */
  readonly hex: string | 'self'
  /** Sent also to clients that do not ask for it. */
  readonly always: boolean
}

/** Where a client finds what it boots; null and empty lists leave it to the level below. */
export interface DhcpBoot {
  readonly nextServer: string | 'self' | null
  readonly serverName: string | null
  /** For clients without a file of their own in `files`. */
  readonly file: string | null
  /** By client architecture (option 93), or for iPXE. */
  readonly files: readonly { readonly architecture: number | 'ipxe'; readonly file: string }[]
}

/** A kind of clients: those for which every list that is not empty has an entry that fits. */
export interface DhcpClass {
  readonly name: string
  /** Texts in which `*` stands for anything. */
  readonly vendorClasses: readonly string[]
  readonly userClasses: readonly string[]
  /** First octets of the hardware address. */
  readonly macs: readonly string[]
  /** Only hardware addresses that are locally administered, or only those that are not; null = both. */
  readonly randomMac: boolean | null
  readonly architectures: readonly number[]
  /** Bytes, at the end of which `*` stands for anything. */
  readonly circuitIds: readonly string[]
  readonly remoteIds: readonly string[]
  /** Not served. */
  readonly deny: boolean
  readonly settings: DhcpSettings
}

/** Clients that are not served. */
export interface DhcpDenial {
  /** First octets of the hardware address. */
  readonly macs: readonly string[]
  readonly classes: readonly string[]
}

/** One host; each entry of the four lists tells it. */
export interface DhcpReservation {
  /** As aa:bb:cc:dd:ee:ff. */
  readonly macs: readonly string[]
  readonly clientIds: readonly string[]
  readonly circuitIds: readonly string[]
  readonly remoteIds: readonly string[]
  readonly address: string
  readonly hostname: string | null
  /** Absent = none of its own. */
  readonly settings?: DhcpSettings
}

/** One `[[dhcp.subnet6]]` as the daemon gets it: an IPv6 network on an attached link. Addresses are in canonical form, times are seconds. */
export interface DhcpSubnet6 {
  /** `fd00:50::/64`; subnets do not overlap. */
  readonly subnet: string
  /** One of `interfaces`; null = the one that has an address in the subnet. */
  readonly interface: string | null
  /** `slaac`: hosts make their addresses; `stateless`: they ask DHCPv6 for the rest; `stateful`: DHCPv6 gives the addresses, too. */
  readonly mode: 'slaac' | 'stateless' | 'stateful'
  /** What router advertisements say; null = another router sends them. */
  readonly advertise: Advertise6 | null
  /** Inclusive ranges inside the subnet, in order, not overlapping; empty unless `stateful`. */
  readonly pools: readonly DhcpPool6[]
  /** Lifetimes of the prefix and of leases; preferred <= valid. */
  readonly preferredSeconds: number
  readonly validSeconds: number
  /** Whether a client that asks for it gets its lease in two messages; never where another server gives addresses, too. */
  readonly rapidCommit: boolean
  /** Best first; `self` = the address of this machine in the subnet. */
  readonly dns: readonly (string | 'self')[]
  readonly domainSearch: readonly string[]
  /** Told by DHCPv6 alone: no option of router advertisements has them. */
  readonly ntp: readonly (string | 'self')[]
  /** URI of the captive portal's interface (RFC 8910). */
  readonly captivePortal: string | null
  /** Empty unless `stateful`. */
  readonly reservations: readonly DhcpReservation6[]
}

/** What the router advertisements of a link say beside its prefixes. */
export interface Advertise6 {
  /** Longest time between two that nobody asked for: 4..1800. */
  readonly everySeconds: number
  /** 0 = this machine is no default router; else from `everySeconds` to 9000. */
  readonly routerLifetimeSeconds: number
  /** Against other routers of the link (RFC 4191). */
  readonly routerPreference: 'low' | 'medium' | 'high'
  readonly mtu: number | null
  /** Prefix of a NAT64 (RFC 8781): 32, 40, 48, 56, 64 or 96 bits long. */
  readonly nat64: string | null
}

export interface DhcpPool6 {
  readonly first: string
  readonly last: string
}

/** One host; each entry of the two lists tells it. */
export interface DhcpReservation6 {
  /** Lower-case hex of 1 to 130 octets. */
  readonly duids: readonly string[]
  /** As aa:bb:cc:dd:ee:ff. */
  readonly macs: readonly string[]
  /** Inside the subnet. */
  readonly address: string
  readonly hostname: string | null
}
