import * as v from 'valibot'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding } from '../config-problem.ts'
import { dhcpSubnetSchema } from '../sections/dhcp-subnet.ts'
import { isTable, type TomlTable } from '../toml-tree.ts'
import { checkSubnets, type PlacedSubnet } from './dhcp.ts'

/** They are judged against each other, so that one of them alone says nothing. */
const TIMES: readonly string[] = ['lease_time', 'min_lease_time', 'max_lease_time']

/**
 * Checks the subnets of a `[dhcp]` that is not well formed as a whole: what is sound in them is judged as if the rest
 * were not there, so that one slip of the pen hides no other.
 */
export function checkSoundSubnets(dhcp: unknown): Finding[] {
  if (!isTable(dhcp) || !Array.isArray(dhcp['subnet'])) return []
  const sound = dhcp['subnet'].flatMap((written: unknown, index) => readSound(written, index) ?? [])
  const server = typeof dhcp['server_id'] === 'string' ? parseIpv4(dhcp['server_id']) : null
  return checkSubnets(sound, server).filter(({ path: [, , index, key] }) => {
    const left = sound.find((subnet) => subnet.index === index)?.leftOut ?? new Set()
    return typeof key !== 'string' || !(TIMES.includes(key) ? TIMES.some((time) => left.has(time)) : left.has(key))
  })
}

/** A subnet without its keys and list items that are malformed; null when nothing can be said about it. */
function readSound(written: unknown, index: number): (PlacedSubnet & { readonly leftOut: ReadonlySet<string> }) | null {
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
