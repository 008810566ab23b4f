import * as v from 'valibot'
import type { DhcpClass } from '../../daemons/dhcp/section.ts'
import { ARCHITECTURES } from '../dhcp-options/architectures.ts'
import { bytesPattern, macPrefix } from '../pieces/hardware.ts'
import { oneOrMore } from '../pieces/one-or-more.ts'
import { Complaint, flag, table, text, whole, written } from '../pieces/piece.ts'
import { buildSettings, type ServedHere, settingsEntries } from './dhcp-settings.ts'

const pattern = (about: string) => text(about, 'text, in which * stands for anything')

/** What can tell the clients of a class. */
export const CLASS_KEYS = [
  'vendor_class',
  'user_class',
  'mac',
  'random_mac',
  'architecture',
  'circuit_id',
  'remote_id',
] as const

/** One `[[dhcp.class]]`. */
export const classSchema = table('A kind of clients; those that fit every key that is given.', {
  name: text('Name by which pools and deny lists refer to it.', 'a name'),
  vendor_class: v.optional(oneOrMore('What they call their kind (option 60).', pattern('A vendor class.'))),
  user_class: v.optional(oneOrMore('What their users call them (option 77).', pattern('A user class.'))),
  mac: v.optional(oneOrMore('First bytes of their Ethernet addresses.', macPrefix('First bytes.'))),
  random_mac: v.optional(flag('true: their Ethernet addresses are made up; false: they are not.')),
  architecture: v.optional(oneOrMore('What they can boot (option 93).', architecture())),
  circuit_id: v.optional(oneOrMore('Ports they hang on (option 82).', bytesPattern('A circuit.'))),
  remote_id: v.optional(oneOrMore('Devices they hang on (option 82).', bytesPattern('A remote end.'))),
  deny: v.optional(flag('true: they are not served.'), false),
  ...settingsEntries,
})

export type WrittenClass = v.InferOutput<typeof classSchema>

/** Fills in what a class leaves open. */
export function buildClass(written: WrittenClass, served: ServedHere): DhcpClass {
  return {
    name: written.name,
    vendorClasses: written.vendor_class ?? [],
    userClasses: written.user_class ?? [],
    macs: written.mac ?? [],
    randomMac: written.random_mac ?? null,
    architectures: written.architecture ?? [],
    circuitIds: written.circuit_id ?? [],
    remoteIds: written.remote_id ?? [],
    deny: written.deny,
    settings: buildSettings(written, served),
  }
}

function architecture() {
  const about = 'An architecture by name or number.'
  const number = whole(about, 0, 65_535)
  const names = Object.keys(ARCHITECTURES)
  const name = written(about, 'an architecture', { enum: names }, (value) => {
    const found = ARCHITECTURES[value]
    return found ?? new Complaint(`must be a number or one of ${names.join(', ')}, not ${JSON.stringify(value)}`)
  })
  return v.pipe(
    v.lazy((input) => (typeof input === 'string' ? name : number)),
    v.metadata({ jsonChoices: [name, number] }),
  )
}
