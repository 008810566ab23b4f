/** The checked `[dhcp]` section as the daemon gets it; addresses are dotted quads, times are seconds. */
export interface DhcpSection {
  readonly interfaces: readonly string[]
  readonly listen: readonly string[]
  /** Port at giaddr that replies go to; `source` = the port the relay sent from. */
  readonly relayPort: number | 'source'
  readonly serverId: string | null
  readonly subnets: readonly DhcpSubnet[]
}

export interface DhcpSubnet {
  readonly subnet: string
  /** Inclusive ranges inside the subnet, in order, not overlapping. */
  readonly pools: readonly { readonly first: string; readonly last: string }[]
  readonly leaseSeconds: number
  readonly minLeaseSeconds: number
  readonly maxLeaseSeconds: number
  readonly authoritative: boolean
  readonly routers: readonly string[]
  readonly dns: readonly string[]
  readonly domain: string | null
  readonly ntp: 'self' | readonly string[] | null
  readonly log: 'self' | readonly string[] | null
  readonly lpr: 'self' | readonly string[] | null
  readonly options: readonly DhcpOption[]
  readonly reservations: readonly DhcpReservation[]
}

export interface DhcpOption {
  readonly code: number
  /** The value in wire form, before it is split into instances of 255 octets. */
  readonly hex: string
  /** Sent also to clients that do not ask for it. */
  readonly always: boolean
}

export interface DhcpReservation {
  /** Exactly one of the three is set: `mac` as aa:bb:cc:dd:ee:ff, the others as lower-case hex. */
  readonly mac: string | null
  readonly clientId: string | null
  readonly circuitId: string | null
  readonly address: string
  readonly hostname: string | null
}
