import { request, type SharedOptions } from './request.ts'
import type { Terminal } from './terminal.ts'

/**
 * What dhcp calls clients.
 *
 * @param addresses dotted quads; others have no name here
 * @returns names by address; empty when dhcp does not run or does not answer: the table is of use without
 */
export async function leaseNames(
  options: SharedOptions,
  terminal: Terminal,
  addresses: readonly string[],
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
