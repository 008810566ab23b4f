import * as v from 'valibot'
import type { DhcpPool } from '../../daemons/dhcp/section.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { type Ipv4Range, ipv4Range } from '../pieces/ipv4-range.ts'
import { oneOrMore } from '../pieces/one-or-more.ts'
import { table, text } from '../pieces/piece.ts'
import { isTable } from '../toml-tree.ts'
import { buildSettings, type ServedHere, saysNothing, settingsEntries, type WrittenSettings } from './dhcp-settings.ts'

const plainPool = ipv4Range('A range, both ends included.')

const tablePool = table('A range with settings of its own, or for some clients only.', {
  range: plainPool,
  class: v.optional(oneOrMore('Classes whose clients it is for.', text('Name of a class.', 'the name of a class'))),
  ...settingsEntries,
})

/** One item of `pools`, written as a range or as a table around one. */
export interface WrittenPool extends Ipv4Range {
  readonly classes?: readonly string[]
  readonly settings: WrittenSettings
}

const readTable = v.pipe(
  tablePool,
  v.transform(
    ({ range, class: classes, ...settings }): WrittenPool => ({
      ...range,
      ...(classes === undefined ? {} : { classes }),
      settings,
    }),
  ),
)

const readPlain = v.pipe(
  plainPool,
  v.transform((range): WrittenPool => ({ ...range, settings: {} })),
)

/** One item of `pools`. */
export const poolSchema = v.pipe(
  v.lazy((input) => (isTable(input) ? readTable : readPlain)),
  v.metadata({ jsonChoices: [readPlain, readTable] }),
)

/** Fills in what a pool leaves open. */
export function buildPool({ first, last, classes, settings }: WrittenPool, served: ServedHere): DhcpPool {
  return {
    first: formatIpv4(first),
    last: formatIpv4(last),
    ...(classes === undefined ? {} : { classes }),
    ...(saysNothing(settings) ? {} : { settings: buildSettings(settings, served) }),
  }
}
