import * as v from 'valibot'
import type { SenderSection } from '../../daemons/syslog/section.ts'
import type { Finding } from '../config-problem.ts'
import { prefix } from '../pieces/address.ts'
import { timeZone } from '../pieces/cron.ts'
import { oneOf, table } from '../pieces/piece.ts'
import { zoneChanges } from '../zone-changes.ts'

/** `[[syslog.sender]]`. */
export const senderSchema = table('What is known of a sender, or of all in a prefix; the longest prefix decides.', {
  address: prefix('Its address, or the prefix that it is in.'),
  dialect: v.optional(
    oneOf(
      'How it writes. "rfc3164": a host name stands behind the time or in its place; "no-host": it names none; "cisco": number, device and time in their order, no host behind them; "rfc5424": nothing else; "raw": all is text.',
      ['rfc5424', 'rfc3164', 'no-host', 'cisco', 'raw'],
    ),
  ),
  timezone: v.optional(timeZone('Zone of its times that name none.')),
})

type Written = v.InferOutput<typeof senderSchema>

/** Resolves the zone, so that the daemon needs no tables. */
export function buildSender({ address, dialect, timezone }: Written): SenderSection {
  const zone = timezone === undefined ? null : { name: timezone, changes: zoneChanges(timezone) }
  return { address, dialect: dialect ?? null, zone }
}

/** What is wrong among the senders as a whole. */
export function checkSenders(senders: readonly Written[]): Finding[] {
  const seen = new Set<string>()
  return senders.flatMap(({ address, dialect, timezone }, index): Finding[] => {
    const path = ['syslog', 'sender', index]
    const twice = seen.has(address)
    seen.add(address)
    if (twice) return [{ path: [...path, 'address'], message: `${address} stands in a section before` }]
    const empty = dialect === undefined && timezone === undefined
    return empty ? [{ path, message: 'says nothing of it: give dialect, timezone or both' }] : []
  })
}
