import { parseIpv6 } from '../v6/address.ts'
import { isDuid } from '../v6/duid.ts'
import type { ForeignLease6, LeftOut } from './foreign-lease.ts'
import { findStatement, type IscBlock } from './isc-blocks.ts'
import { readIscMoment } from './isc-moment.ts'
import { readUid } from './isc-tokens.ts'

/** IAID before the DUID, in hex digits. */
const IAID_DIGITS = 8

/** What tells an identity association in a file from others. */
export function associationKey({ head }: IscBlock): string {
  return head[1]?.value ?? ''
}

/**
 * Reads an `ia-na` of `dhcpd6.leases`: its name is the IAID, in the byte order of the machine that wrote the file, and the
 * DUID of the client.
 *
 * @returns a lease, or why there is none, for each of its addresses
 */
export function readIscAssociation(block: IscBlock, isBigEndian: boolean): readonly (ForeignLease6 | LeftOut)[] {
  const name = Buffer.from(readUid(block.head[1]) ?? '', 'hex')
  const duid = name.subarray(IAID_DIGITS / 2)
  const starts = readIscMoment(findStatement(block, 'cltt')?.map(({ value }) => value))
  return block.blocks
    .filter(({ head }) => head[0]?.value === 'iaaddr')
    .map((inner) => {
      const { line } = inner
      const address = inner.head[1]?.value ?? ''
      const skip = (reason: string): LeftOut => ({ line, what: address, reason })
      if (!isDuid(duid)) return skip('it does not tell whose it is')
      const state = findStatement(inner, 'binding', 'state')?.[0]?.value ?? ''
      if (state === 'abandoned') return skip('abandoned there')
      const ends = readIscMoment(findStatement(inner, 'ends')?.map(({ value }) => value))
      if (parseIpv6(address) === null || !STATES.has(state) || ends === undefined || starts === undefined)
        return skip('it cannot be read')
      const iaid = isBigEndian ? name.readUInt32BE() : name.readUInt32LE()
      return {
        ...{ address, mac: '', duid: duid.toString('hex'), iaid, hostname: null },
        state: state === 'active' ? 'bound' : 'released',
        ...{ startsMs: starts ?? 0, endsMs: ends },
      }
    })
}

const STATES: ReadonlySet<string> = new Set(['active', 'expired', 'released'])
