import * as v from 'valibot'
import type { DhcpBoot, DhcpOption, DhcpSettings } from '../../daemons/dhcp/section.ts'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import { ARCHITECTURES } from '../dhcp-options/architectures.ts'
import { addressOctets, octetsHex, textOctets } from '../dhcp-options/octets.ts'
import { domainName, ipv4 } from '../pieces/address.ts'
import { leaseSeconds } from '../pieces/duration.ts'
import { Complaint, list, table, text, written } from '../pieces/piece.ts'
import { dhcpOptionSchema } from './dhcp-option.ts'

const bootFiles = table('What each kind of client boots.', {
  ipxe: v.optional(text('For a client that is iPXE already.', 'a path or URL')),
  ...Object.fromEntries(
    Object.keys(ARCHITECTURES).map((name) => [name, v.optional(text(`For ${name}.`, 'a path or URL'))]),
  ),
})

/** Keys that every level of `[dhcp]` has: the section, a shared network, a subnet, a pool, a class, a reservation. */
export const settingsEntries = {
  lease_time: v.optional(leaseSeconds('Lease when the client does not ask for another. Default 1h.')),
  min_lease_time: v.optional(leaseSeconds('Shortest lease given. Default 2m.')),
  max_lease_time: v.optional(leaseSeconds('Longest lease given. Default 1d.')),
  routers: v.optional(list('Gateways, best first.', ipv4('A gateway.'))),
  dns: v.optional(list('Name servers, best first.', ipv4('A name server.'))),
  domain: v.optional(domainName('Domain of the clients.')),
  ntp: v.optional(serverList('Time servers (option 42): "self", or addresses.')),
  log: v.optional(serverList('Log servers (option 7): "self", or addresses.')),
  lpr: v.optional(serverList('Print servers (option 9): "self", or addresses.')),
  options: v.optional(list('Any other options.', dhcpOptionSchema)),
  next_server: v.optional(nextServer()),
  server_name: v.optional(text('Name of the boot server.', 'the name of a host')),
  boot_file: v.optional(text('What clients boot: a path or URL.', 'a path or URL')),
  boot_files: v.optional(bootFiles),
}

const settingsSchema = table('Settings of one level.', settingsEntries)
export type WrittenSettings = Partial<v.InferOutput<typeof settingsSchema>>

/** Services that options can name this machine for. */
export type ServedHere = ReadonlySet<string>

const SERVICE_OF = { ntp: 'ntp', log: 'syslog', lpr: 'lpd' } as const

/**
 * Compiles the settings of levels that stand above the subnet. Where only the usual lease time is said it is the longest,
 * too: a guest that asks for a day would get it otherwise.
 */
export function buildSettings(level: WrittenSettings, served: ServedHere): DhcpSettings {
  const { lease_time: usual = null } = level
  return {
    leaseSeconds: usual,
    minLeaseSeconds: level.min_lease_time ?? null,
    maxLeaseSeconds: level.max_lease_time ?? usual,
    options: buildOptions(level, served),
    boots: buildBoots(level),
  }
}

/** Lays the settings of a subnet over those of its shared network and of the section. @param levels highest first */
export function layTogether(levels: readonly WrittenSettings[], served: ServedHere): GroundSettings {
  const options = new Map<number, DhcpOption>()
  for (const option of levels.flatMap((level) => buildOptions(level, served)))
    if (!options.has(option.code)) options.set(option.code, option)
  return { ...layTimes(levels), options: [...options.values()], boots: levels.flatMap(buildBoots) }
}

interface GroundSettings extends DhcpSettings {
  readonly leaseSeconds: number
  readonly minLeaseSeconds: number
  readonly maxLeaseSeconds: number
}

/** The lease times of a subnet. @param levels highest first */
export function layTimes(
  levels: readonly WrittenSettings[],
): Pick<GroundSettings, 'leaseSeconds' | 'minLeaseSeconds' | 'maxLeaseSeconds'> {
  const time = (key: 'lease_time' | 'min_lease_time' | 'max_lease_time'): number | undefined =>
    levels.find((level) => level[key] !== undefined)?.[key]
  return {
    leaseSeconds: time('lease_time') ?? 3600,
    minLeaseSeconds: time('min_lease_time') ?? 120,
    maxLeaseSeconds: time('max_lease_time') ?? 86_400,
  }
}

/** Whether a level says nothing at all. */
export function saysNothing(level: WrittenSettings): boolean {
  return (Object.keys(settingsEntries) as (keyof WrittenSettings)[]).every((key) => level[key] === undefined)
}

function buildOptions(level: WrittenSettings, served: ServedHere): DhcpOption[] {
  const plain = (code: number, addresses: readonly string[] | undefined): DhcpOption[] =>
    addresses === undefined ? [] : [{ code, hex: addressesHex(addresses), always: false }]
  const servers = (code: number, key: keyof typeof SERVICE_OF): DhcpOption[] => {
    const value = level[key]
    if (value !== 'self') return plain(code, value)
    return served.has(SERVICE_OF[key]) ? [{ code, hex: 'self', always: false }] : []
  }
  const { domain } = level
  return [
    ...plain(3, level.routers),
    ...plain(6, level.dns),
    ...(domain === undefined ? [] : [{ code: 15, hex: octetsHex(textOctets(domain)), always: false }]),
    ...servers(42, 'ntp'),
    ...servers(7, 'log'),
    ...servers(9, 'lpr'),
    ...(level.options ?? []),
  ]
}

function buildBoots(level: WrittenSettings): DhcpBoot[] {
  const { next_server: nextServer = null, server_name: serverName = null, boot_file: file = null } = level
  const files = Object.entries(level.boot_files ?? {}).flatMap(([name, path]): DhcpBoot['files'][number][] => {
    const architecture = name === 'ipxe' ? name : ARCHITECTURES[name]
    return architecture === undefined || typeof path !== 'string' ? [] : [{ architecture, file: path }]
  })
  return nextServer === null && serverName === null && file === null && files.length === 0
    ? []
    : [{ nextServer, serverName, file, files }]
}

function addressesHex(addresses: readonly string[]): string {
  return octetsHex(addresses.flatMap((address) => addressOctets(parseIpv4(address) ?? 0)))
}

function nextServer() {
  const address = ipv4('Address of the server that boot files lie on; "self" = this machine.')
  const self = written('This machine.', '"self" or an address', { const: 'self' }, (value): 'self' | Complaint =>
    value === 'self' ? value : new Complaint(`must be "self" or an address, not ${JSON.stringify(value)}`),
  )
  return v.pipe(
    v.lazy((input) => (typeof input === 'string' && /^[0-9.]+$/.test(input) ? address : self)),
    v.metadata({ jsonChoices: [self, address] }),
  )
}

function serverList(about: string) {
  const self = written(about, '"self" or a list of addresses', { const: 'self' }, (value): 'self' | Complaint =>
    value === 'self' ? value : new Complaint(`must be "self" or a list of addresses, not ${JSON.stringify(value)}`),
  )
  const addresses = list(about, ipv4('A server.'))
  return v.pipe(
    v.lazy((input) => (Array.isArray(input) ? addresses : self)),
    v.metadata({ jsonChoices: [self, addresses] }),
  )
}
