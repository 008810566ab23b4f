import { isDuid } from '../v6/duid.ts'

/** One lease as another server's file, or our own store, tells it. */
export interface ForeignLease {
  readonly address: string
  /** As aa:bb:…; empty when the file has none. */
  readonly mac: string
  /** Option 61 in lower-case hex. */
  readonly clientId: string | null
  readonly hostname: string | null
  /** `released` = over, kept so that a client that comes back gets its address. */
  readonly state: 'bound' | 'released'
  readonly startsMs: number
  /** null = for ever. */
  readonly endsMs: number | null
}

/** One lease of DHCPv6 as another server's file tells it. */
export interface ForeignLease6 extends Omit<ForeignLease, 'clientId'> {
  /** Lower-case hex of 3 to 130 octets. */
  readonly duid: string
  readonly iaid: number
}

/** A host with an address of its own, as another server's file tells it. */
export interface ForeignHost {
  readonly line: number
  readonly address: string
  /** As aa:bb:…; empty when the file has none. */
  readonly mac: string
  readonly clientId: string | null
  readonly hostname: string | null
}

/** The same of IPv6. */
export interface ForeignHost6 extends Omit<ForeignHost, 'clientId'> {
  /** Lower-case hex of 3 to 130 octets; one of it and the hardware address is told. */
  readonly duid: string | null
}

/** Something in a file that no lease of ours is made of. */
export interface LeftOut {
  /** From 1; 0 = not from a file. */
  readonly line: number
  /** What it is about: an address, or the text itself. */
  readonly what: string
  readonly reason: string
}

export type LeaseFileFormat = 'isc' | 'dnsmasq' | 'kea'

/** What a lease file holds: of each address, and of each host, the newest entry. */
export interface ParsedLeaseFile {
  readonly format: LeaseFileFormat
  readonly leases: readonly ForeignLease[]
  /** Those of DHCPv6. */
  readonly leases6: readonly ForeignLease6[]
  /** Reservations; files of leases alone have none. */
  readonly hosts: readonly ForeignHost[]
  readonly hosts6: readonly ForeignHost6[]
  readonly leftOut: readonly LeftOut[]
}

/** Parts the newest entries of a file into what can be taken over and what cannot. */
export function sortOut<Entry extends object>(
  entries: Iterable<Entry | LeftOut>,
): { readonly kept: readonly Entry[]; readonly refused: readonly LeftOut[] } {
  const kept: Entry[] = []
  const refused: LeftOut[] = []
  for (const entry of entries) {
    if ('reason' in entry) refused.push(entry)
    else kept.push(entry)
  }
  return { kept, refused }
}

/** Makes `aa:bb:cc:dd:ee:ff` of a hardware address of 1 to 16 octets as files write it; null when it is none. */
export function readHardware(text: string): string | null {
  const octets = text.toLowerCase().split(/[:-]/)
  if (octets.length < 1 || octets.length > 16 || !octets.every((octet) => /^[0-9a-f]{1,2}$/.test(octet))) return null
  return octets.map((octet) => octet.padStart(2, '0')).join(':')
}

/** Makes lower-case hex of octets with colons between them; null when it is none, or longer than option 61 can be. */
export function readIdentifier(text: string): string | null {
  const octets = text.toLowerCase().split(':')
  if (octets.length > 255 || !octets.every((octet) => /^[0-9a-f]{1,2}$/.test(octet))) return null
  return octets.map((octet) => octet.padStart(2, '0')).join('')
}

/** Makes lower-case hex of a DUID with colons between its octets; null when it is none. */
export function readDuid(text: string): string | null {
  const duid = readIdentifier(text)
  return duid !== null && isDuid(Buffer.from(duid, 'hex')) ? duid : null
}

/** Reads the number of an identity association; null when it is none. */
export function readIaid(text: string): number | null {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= 0xffffffff ? Number(text) : null
}
