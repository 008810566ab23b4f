import * as v from 'valibot'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding } from '../config-problem.ts'
import { table } from '../pieces/piece.ts'
import { settingsEntries, type WrittenSettings } from '../sections/dhcp-settings.ts'
import { dhcpSubnetSchema } from '../sections/dhcp-subnet.ts'
import { isTable, type TomlTable } from '../toml-tree.ts'
import { checkSubnets } from './dhcp.ts'
import type { PlacedSubnet } from './dhcp-subnet.ts'

/** They are judged against each other, so that one of them alone says nothing. */
const TIMES = ['lease_time', 'min_lease_time', 'max_lease_time'] as const

/**
 * Checks the subnets of a `[dhcp]` that is not well formed as a whole: what is sound in them is judged as if the rest
 * were not there, so that one slip of the pen hides no other.
 */
export function checkSoundSubnets(dhcp: unknown): Finding[] {
  if (!isTable(dhcp) || !Array.isArray(dhcp['subnet'])) return []
  const ground = groundOf(dhcp)
  const sound = dhcp['subnet'].flatMap((written: unknown, index) => readSound(written, index, ground) ?? [])
  const server = typeof dhcp['server_id'] === 'string' ? parseIpv4(dhcp['server_id']) : null
  return checkSubnets(sound, server).filter(({ path: [, , index, key] }) => {
    const left = sound.find((subnet) => subnet.index === index)?.leftOut ?? new Set()
    return (
      typeof key !== 'string' ||
      !(TIMES.some((time) => time === key) ? TIMES.some((time) => left.has(time)) : left.has(key))
    )
  })
}

/** The lease times of the section, as far as they are sound. */
function groundOf(dhcp: TomlTable): readonly WrittenSettings[] {
  return TIMES.flatMap((time) => {
    const read = v.safeParse(table('A lease time.', { [time]: settingsEntries[time] }), { [time]: dhcp[time] })
    return read.success ? [read.output] : []
  })
}

/** A subnet without its keys and list items that are malformed; null when nothing can be said about it. */
function readSound(
  written: unknown,
  index: number,
  below: readonly WrittenSettings[],
): (PlacedSubnet & { readonly leftOut: ReadonlySet<string> }) | null {
  if (!isTable(written)) return null
  const whole = v.safeParse(dhcpSubnetSchema, written)
  const leftOut = new Set<string>()
  const items = new Map<string, Set<number>>()
  for (const { path = [] } of whole.issues ?? []) {
    const [key, item] = path.map((part) => part.key)
    if (typeof key === 'string' && typeof item === 'number') items.set(key, (items.get(key) ?? new Set()).add(item))
    else if (typeof key === 'string') leftOut.add(key)
  }
  const rest = without(written, leftOut, items)
  const result = v.safeParse(dhcpSubnetSchema, rest)
  if (!result.success) return null
  return {
    index,
    subnet: result.output,
    placeOf: (key, at) => placesOf(written[key], items.get(key))[at] ?? at,
    below,
    leftOut,
  }
}

function without(
  table: TomlTable,
  keys: ReadonlySet<string>,
  items: ReadonlyMap<string, ReadonlySet<number>>,
): Record<string, unknown> {
  const entries = Object.entries(table).filter(([key]) => !keys.has(key))
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const wrong = items.get(key)
      return [key, Array.isArray(value) && wrong !== undefined ? value.filter((_, at) => !wrong.has(at)) : value]
    }),
  )
}

/** Where the items that are left stand in the file. */
function placesOf(list: unknown, wrong: ReadonlySet<number> = new Set()): readonly number[] {
  return Array.isArray(list) ? [...list.keys()].filter((at) => !wrong.has(at)) : []
}
