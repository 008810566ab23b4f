import * as v from 'valibot'
import type { NtpSection } from '../../daemons/ntp/section.ts'
import type { Finding } from '../config-problem.ts'
import { prefix } from '../pieces/address.ts'
import { duration } from '../pieces/duration.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { flag, list, notYet, table, whole } from '../pieces/piece.ts'
import { restartSchema } from './restart.ts'

const LAN = ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fe80::/10', 'fc00::/7']

/** `[ntp]`. */
export const ntpSchema = table('Serves the time of this machine.', {
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  listen: v.optional(listenList('Sockets to serve on.', ['udp']), ['udp://0.0.0.0:123', 'udp://[::]:123']),
  local_stratum: v.optional(
    whole('Stratum served from the clock of this machine; 0 = say that it is not synchronised.', 0, 15),
    10,
  ),
  allow: v.optional(list('Clients that are answered.', prefix('A prefix whose addresses are answered.')), LAN),
  rate_limit: v.optional(
    table('Limit per client address; absent = no limit.', {
      interval: v.optional(duration('Shortest time between requests on average; "0s" = no limit.', '0s', '1h'), '0s'),
      burst: v.optional(whole('Requests that may come at once.', 1, 10_000), 16),
      kod: v.optional(flag('Tell a client that asks too often so (kiss code RATE).'), true),
    }),
  ),
  restart: v.optional(restartSchema),
  source: notYet('upstream time sources are not in this version yet; remove this section'),
})

type Written = v.InferOutput<typeof ntpSchema>

/** Fills in what `[ntp]` leaves open. */
export function buildNtp(written: Written, anchor: (path: string) => string): NtpSection {
  const limit = written.rate_limit
  return {
    listen: written.listen.map((url) => anchorListenUrl(url, anchor)),
    localStratum: written.local_stratum,
    allow: written.allow,
    rateLimit:
      limit === undefined || limit.interval === 0
        ? null
        : { intervalMs: limit.interval, burst: limit.burst, kod: limit.kod },
  }
}

/** What is wrong in `[ntp]` as a whole. */
export function checkNtp(written: Written): Finding[] {
  return written.listen.length === 0 ? [{ path: ['ntp', 'listen'], message: 'must name at least one socket' }] : []
}
