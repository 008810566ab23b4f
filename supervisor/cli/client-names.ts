import { fieldText } from './field-text.ts'
import { request, type SharedOptions } from './request.ts'
import type { Terminal } from './terminal.ts'

/** Whom a client has its name from: dhcp gave it with a lease, or its log messages say so. */
type NameSource = 'lease' | 'syslog'

interface Asked {
  readonly service: string
  readonly question: string
  /** Field of the answer that has the name. */
  readonly field: string
}

const LEASES: Asked = { service: 'dhcp', question: 'lease-names', field: 'hostname' }
const SENDERS: Asked = { service: 'syslog', question: 'sender-names', field: 'host' }

/**
 * Gives records with an `address` the `name` that dhcp has for it, null when it has none.
 *
 * Where dhcp does not run or does not answer nobody has a name: the records are of use without.
 */
export async function withLeaseNames(
  records: readonly unknown[],
  options: SharedOptions,
  terminal: Terminal,
): Promise<readonly unknown[]> {
  const names = await askNames(LEASES, records.map(addressOf), options, terminal)
  return records.map((record) => ({ ...Object(record), name: names.get(addressOf(record)) ?? null }))
}

/** The same, with the name that its log messages give where there is none of dhcp, and `name_source`, which of both it is. */
export async function withClientNames(
  records: readonly unknown[],
  options: SharedOptions,
  terminal: Terminal,
): Promise<readonly unknown[]> {
  const addresses = records.map(addressOf)
  const [leased, said] = await Promise.all([
    askNames(LEASES, addresses, options, terminal),
    askNames(SENDERS, addresses, options, terminal),
  ])
  return records.map((record) => {
    const address = addressOf(record)
    const name = leased.get(address) ?? said.get(address) ?? null
    const source: NameSource | null = name === null ? null : leased.has(address) ? 'lease' : 'syslog'
    return { ...Object(record), name, name_source: source }
  })
}

function addressOf(record: unknown): string {
  return fieldText(record, 'address')
}

async function askNames(
  { service, question, field }: Asked,
  addresses: readonly string[],
  options: SharedOptions,
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  if (addresses.length === 0) return new Map()
  const answer = await request(options, terminal, 'query', { service, question, params: { addresses } }).catch(() => [])
  const names = new Map<string, string>()
  for (const one of Array.isArray(answer) ? answer : []) {
    const { address, [field]: name } = Object(one)
    if (typeof address === 'string' && typeof name === 'string') names.set(address, name)
  }
  return names
}
