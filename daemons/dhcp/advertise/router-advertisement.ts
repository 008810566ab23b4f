/** A prefix of the link, as a router advertisement tells it. */
export interface PrefixInformation {
  /** 16 octets, of which `bits` count. */
  readonly prefix: Uint8Array
  readonly bits: number
  readonly onLink: boolean
  /** Whether hosts make addresses in it. */
  readonly autonomous: boolean
  /** Lifetimes are seconds, 0xffffffff = without end. */
  readonly validSeconds: number
  readonly preferredSeconds: number
}

/**
 * What a router advertisement says. Zero or null = the router says nothing about it.
 *
 * @rfc 4861 section 4.2; preference 4191; name servers and domains 8106; captive portal 8910; NAT64 8781
 */
export interface RouterAdvertisement {
  readonly hopLimit: number
  /** Addresses come by DHCPv6. */
  readonly managed: boolean
  /** Other configuration comes by DHCPv6. */
  readonly other: boolean
  readonly preference: 'low' | 'medium' | 'high'
  readonly routerLifetimeSeconds: number
  readonly reachableMs: number
  readonly retransMs: number
  /** Ethernet address of the router. */
  readonly linkAddress: Uint8Array | null
  readonly mtu: number | null
  readonly prefixes: readonly PrefixInformation[]
  /** 16 octets each, best first. */
  readonly nameServers: readonly Uint8Array[]
  readonly searchDomains: readonly string[]
  /** Of name servers and domains. */
  readonly namesSeconds: number
  readonly captivePortal: string | null
  readonly nat64: readonly Pref64[]
}

/** Prefix of a NAT64. */
export interface Pref64 {
  /** 16 octets, of which `bits` count: 32, 40, 48, 56, 64 or 96. */
  readonly prefix: Uint8Array
  readonly bits: number
  readonly lifetimeSeconds: number
}
