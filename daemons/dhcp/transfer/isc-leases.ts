import { parseIpv4 } from '../../wire/address.ts'
import {
  type ForeignLease,
  type LeftOut,
  type ParsedLeaseFile,
  readHardware,
  readIdentifier,
  sortOut,
} from './foreign-lease.ts'
import { type IscToken, readIscTokens } from './isc-tokens.ts'

interface Block {
  readonly line: number
  readonly head: readonly IscToken[]
  readonly statements: readonly (readonly IscToken[])[]
}

/**
 * Reads `dhcpd.leases` of ISC dhcpd: a log in which the last entry of an address counts.
 *
 * @param file the whole text, one character per octet
 * @returns leases and what was left out; never throws
 */
export function readIscLeases(file: string): ParsedLeaseFile {
  const newest = new Map<string, ForeignLease | LeftOut>()
  const leftOut: LeftOut[] = []
  for (const block of readBlocks(file)) {
    const [kind, subject] = block.head.map(({ value }) => value)
    const skip = (reason: string): LeftOut => ({
      line: block.line,
      what: `${kind ?? ''} ${subject ?? ''}`.trim(),
      reason,
    })
    if (kind === 'lease' && subject !== undefined && parseIpv4(subject) !== null)
      newest.set(subject, readLease(subject, block) ?? skip('it cannot be read'))
    else if (kind === 'host') leftOut.push(skip('a reservation: make it one with `lanward leases reserve`'))
    else if (kind?.startsWith('ia-') === true) leftOut.push(skip('an IPv6 lease'))
    else if (kind === 'lease') leftOut.push(skip('not an IPv4 address'))
    // The rest is about the server itself: failover state, its DUID, what wrote the file.
  }
  const { leases, refused } = sortOut(newest.values())
  return { format: 'isc', leases, leftOut: [...leftOut, ...refused] }
}

function readLease(address: string, { line, statements }: Block): ForeignLease | LeftOut | null {
  const find = (...words: readonly string[]): readonly string[] | undefined =>
    statements
      .find((statement) => words.every((word, at) => statement[at]?.value === word))
      ?.slice(words.length)
      .map(({ value }) => value)
  const skip = (reason: string): LeftOut => ({ line, what: address, reason })
  const state = find('binding', 'state')?.[0] ?? 'active'
  if (state === 'abandoned') return skip('abandoned there: it is looked at before it is given here')
  if (state === 'backup' || state === 'reset') return skip(`"${state}": it belonged to nobody`)
  const starts = readMoment(find('starts'))
  const ends = readMoment(find('ends'))
  const mac = readHardware(find('hardware', 'ethernet')?.[0] ?? '') ?? ''
  const clientId = readUid(statements.find(([first]) => first?.value === 'uid')?.[1])
  if (ends === undefined || starts === undefined) return null
  if (mac === '' && clientId === null) return skip(state === 'free' ? 'nobody had it' : 'it does not tell whose it is')
  const hostname = find('client-hostname')?.[0] ?? null
  const isOver = state !== 'active'
  return { address, mac, clientId, hostname, state: isOver ? 'released' : 'bound', startsMs: starts ?? 0, endsMs: ends }
}

/** `never`, `epoch SECONDS`, or weekday, date and time in UTC. undefined when it is none of them; null = never. */
function readMoment(words: readonly string[] | undefined): number | null | undefined {
  const [first = '', date = '', time = ''] = words ?? []
  if (first === 'never') return null
  if (first === 'epoch') return /^[0-9]{1,12}$/.test(date) ? Number(date) * 1000 : undefined
  const [, year, month, day] = /^([0-9]{4})\/([0-9]{2})\/([0-9]{2})$/.exec(date) ?? []
  const ms = Date.parse(`${year}-${month}-${day}T${time}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

function readUid(token: IscToken | undefined): string | null {
  if (token === undefined) return null
  if (token.kind === 'text') return token.value.length > 255 ? null : Buffer.from(token.value, 'latin1').toString('hex')
  return readIdentifier(token.value)
}

/** The blocks of the outermost level with their statements; blocks within are passed over. */
function* readBlocks(file: string): Generator<Block> {
  let head: IscToken[] = []
  let statements: IscToken[][] = []
  let statement: IscToken[] = []
  let depth = 0
  for (const token of readIscTokens(file)) {
    if (token.kind === '{') {
      depth++
      if (depth === 1) statements = []
      statement = []
    } else if (token.kind === '}') {
      depth = Math.max(0, depth - 1)
      statement = []
      if (depth > 0) continue
      yield { line: head[0]?.line ?? token.line, head, statements }
      head = []
    } else if (token.kind === ';') {
      if (depth === 0) head = []
      else if (depth === 1) statements.push(statement)
      statement = []
    } else if (depth === 0) head.push(token)
    else statement.push(token)
  }
}
