import type { LeftOut } from './foreign-lease.ts'

/** One row of a memfile of Kea. */
export interface KeaRow {
  /** From 1. */
  readonly line: number
  /** Of a column by its name, empty where there is none. */
  cell(name: string): string
}

/** Kea's numbers for what became of a lease. */
const STATES = ['bound', 'declined', 'released', 'released'] as const
const NEVER_S = 0xffffffff

/** What a row says about time. */
export interface KeaTerms {
  readonly state: (typeof STATES)[number]
  readonly startsMs: number
  /** null = for ever. */
  readonly endsMs: number | null
}

/**
 * Reads a memfile of Kea: columns by the names in its first line, a log in which the last row of an address counts; a valid
 * lifetime of 0 takes a lease out.
 *
 * @param isAddress whether a text is an address of the file's protocol
 * @param read makes a lease of a row
 * @returns of each address what was made of its last row, and rows that are none; never throws
 */
export function readKeaRows<Entry>(
  file: string,
  isAddress: (text: string) => boolean,
  read: (row: KeaRow) => Entry,
): { readonly newest: ReadonlyMap<string, Entry>; readonly unread: readonly LeftOut[] } {
  const [header = '', ...rows] = file.split('\n')
  const columns = header.trim().split(',')
  const newest = new Map<string, Entry>()
  const unread: LeftOut[] = []
  for (const [index, text] of rows.entries()) {
    if (text.trim() === '') continue
    const cells = text.trim().split(',')
    const cell = (name: string): string => plainCell(cells[columns.indexOf(name)] ?? '')
    const address = cell('address')
    const line = index + 2
    const isRow = cells.length === columns.length && isAddress(address)
    if (!isRow) unread.push({ line, what: text.trim().slice(0, 80), reason: 'it cannot be read' })
    else if (cell('valid_lifetime') === '0') newest.delete(address)
    else newest.set(address, read({ line, cell }))
  }
  return { newest, unread }
}

/** The state and the times of a lease; null when they cannot be read. */
export function readKeaTerms({ cell }: KeaRow): KeaTerms | null {
  const lifetime = Number(cell('valid_lifetime'))
  const expire = Number(cell('expire'))
  const state = STATES[Number(cell('state'))]
  if (state === undefined || !Number.isSafeInteger(lifetime) || !Number.isSafeInteger(expire)) return null
  return { state, startsMs: (expire - lifetime) * 1000, endsMs: lifetime === NEVER_S ? null : expire * 1000 }
}

/** The name in a row, without the dot of a whole one; null when it has none. */
export function readKeaHostname({ cell }: KeaRow): string | null {
  return cell('hostname').replace(/\.$/, '') || null
}

/** Kea writes what would part the columns as `&#x2c`. */
function plainCell(cell: string): string {
  return cell.replaceAll(/&#x([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
