import { fieldText } from './field-text.ts'
import { request, type SharedOptions } from './request.ts'
import type { Terminal } from './terminal.ts'

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
  const addresses = records.map((record) => fieldText(record, 'address'))
  const names = addresses.length === 0 ? new Map<string, string>() : await askNames(addresses, options, terminal)
  return records.map((record, at) => ({ ...Object(record), name: names.get(addresses[at] ?? '') ?? null }))
}

async function askNames(
  addresses: readonly string[],
  options: SharedOptions,
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  const question = { service: 'dhcp', question: 'lease-names', params: { addresses } }
  const answer = await request(options, terminal, 'query', question).catch(() => [])
  const names = new Map<string, string>()
  for (const one of Array.isArray(answer) ? answer : []) {
    const { address, hostname } = Object(one)
    if (typeof address === 'string' && typeof hostname === 'string') names.set(address, hostname)
  }
  return names
}
