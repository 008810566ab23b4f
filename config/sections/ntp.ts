import * as v from 'valibot'
import type { DisciplineSettings, NtpSection } from '../../daemons/ntp/section.ts'
import type { Finding } from '../config-problem.ts'
import { prefix } from '../pieces/address.ts'
import { duration } from '../pieces/duration.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { flag, list, oneOf, table, text, whole } from '../pieces/piece.ts'
import { buildNts, buildProof, checkNts, checkProof, ntsSchema, sourceProof } from './ntp-proof.ts'
import { restartSchema } from './restart.ts'

const LAN = ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fe80::/10', 'fc00::/7']

/** `[[ntp.source]]`. */
const sourceSchema = table('An upstream time server.', {
  address: text('IP address or host name.', 'an IP address or a host name'),
  port: v.optional(whole('Its port.', 1, 65_535), 123),
  iburst: v.optional(flag('Ask eight times at once at the start, for a quick first agreement.'), true),
  interleaved: v.optional(
    flag('Ask when the answer before left (RFC 9769, xleave of chrony); a server that does not know answers plainly.'),
    false,
  ),
  ...sourceProof,
  poll: v.optional(
    table('Time between questions; it grows while the clock is steady. Rounded to a power of two.', {
      min: v.optional(duration('Shortest.', '2s', '36h'), '64s'),
      max: v.optional(duration('Longest.', '2s', '36h'), '1024s'),
    }),
    {},
  ),
})

/** `step` of `[ntp]`: absent is told from empty, since it needs `discipline`. */
const stepSchema = table('When the clock of this machine is set at once instead, with discipline = true.', {
  threshold: v.optional(duration('Further off than this.', '1ms', '7d'), '1s'),
  updates: v.optional(whole('Only among so many first words of the sources; 0 = never.', 0, 1000), 3),
})

/** `[ntp]`. */
export const ntpSchema = table('Serves the time of this machine.', {
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  listen: v.optional(listenList('Sockets to serve on.', ['udp']), ['udp://0.0.0.0:123', 'udp://[::]:123']),
  clock: v.optional(
    oneOf(
      'What the clock of this machine counts for while no source is usable: "local" = local_stratum; "kernel" = what the kernel says, as told by the program that keeps the clock; "auto" = that, or local_stratum while nobody keeps it.',
      ['local', 'kernel', 'auto'],
    ),
    'local',
  ),
  kernel_stratum: v.optional(whole('Stratum served from a clock that the kernel says is kept right.', 1, 15), 5),
  local_stratum: v.optional(
    whole('Stratum served from the clock of this machine; 0 = say that it is not synchronised.', 0, 15),
    10,
  ),
  leap_file: v.optional(
    text(
      'File of leap seconds in the format of NIST and the IETF, such as /usr/share/zoneinfo/leap-seconds.list.',
      'the path of a file',
    ),
  ),
  smear: v.optional(
    flag(
      'Spread a leap second evenly from noon to noon around it, and announce none; all servers of a site must do so, or none.',
    ),
    false,
  ),
  instances: v.optional(
    whole('Threads that serve, one for each core that is to do so; clients are shared among them.', 1, 64),
    1,
  ),
  allow: v.optional(list('Clients that are answered.', prefix('A prefix whose addresses are answered.')), LAN),
  rate_limit: v.optional(
    table('Limit per client address; absent = no limit.', {
      interval: v.optional(duration('Shortest time between requests on average; "0s" = no limit.', '0s', '1h'), '0s'),
      burst: v.optional(whole('Requests that may come at once.', 1, 10_000), 16),
      kod: v.optional(flag('Tell a client that asks too often so (kiss code RATE).'), true),
    }),
  ),
  keys: v.optional(
    text(
      'File of symmetric keys, as chrony and ntpd have it; absent = signed requests get no answer.',
      'the path of a file',
    ),
  ),
  nts: v.optional(ntsSchema),
  discipline: v.optional(
    flag(
      'Keep the clock of this machine by the sources (adjtimex), slewing it by at most 500 ppm; refused while another program keeps it. Needs CAP_SYS_TIME.',
    ),
    false,
  ),
  step: v.optional(stepSchema),
  restart: v.optional(restartSchema),
  source: v.optional(
    list('Upstream servers that are followed; none = the clock of this machine is all there is.', sourceSchema),
    [],
  ),
})

type Written = v.InferOutput<typeof ntpSchema>

/** Fills in what `[ntp]` leaves open. */
export function buildNtp(written: Written, anchor: (path: string) => string): NtpSection {
  const { nts, rate_limit: limit } = written
  return {
    listen: [...written.listen, ...(nts?.listen ?? [])].map((url) => anchorListenUrl(url, anchor)),
    clock: written.clock,
    localStratum: written.local_stratum,
    kernelStratum: written.kernel_stratum,
    ...(written.leap_file === undefined ? {} : { leapFile: anchor(written.leap_file) }),
    smear: written.smear,
    instances: written.instances,
    allow: written.allow,
    rateLimit:
      limit === undefined || limit.interval === 0
        ? null
        : { intervalMs: limit.interval, burst: limit.burst, kod: limit.kod },
    ...(written.keys === undefined ? {} : { keys: anchor(written.keys) }),
    ...(nts === undefined ? {} : { nts: buildNts(nts, anchor) }),
    ...(written.discipline ? { discipline: { step: buildStep(written.step) } } : {}),
    sources: written.source.map(({ address, port, iburst, interleaved, poll, ...proof }) => ({
      address,
      port,
      iburst,
      interleaved,
      minPoll: log2Seconds(poll.min),
      maxPoll: log2Seconds(poll.max),
      ...buildProof(proof, anchor),
    })),
  }
}

function buildStep(written: Written['step']): DisciplineSettings['step'] {
  const { threshold, updates } = written ?? v.parse(stepSchema, {})
  return { thresholdSeconds: threshold / 1000, updates }
}

function log2Seconds(ms: number): number {
  return Math.round(Math.log2(ms / 1000))
}

/** What is wrong in `[ntp]` as a whole. */
export function checkNtp(written: Written): Finding[] {
  const findings: Finding[] =
    written.listen.length === 0 ? [{ path: ['ntp', 'listen'], message: 'must name at least one socket' }] : []
  if (written.smear && written.leap_file === undefined)
    findings.push({ path: ['ntp', 'smear'], message: 'needs leap_file: it begins twelve hours before the leap second' })
  if (written.discipline && written.source.length === 0)
    findings.push({
      path: ['ntp', 'discipline'],
      message: 'needs a [[ntp.source]]: there is nothing to keep the clock by',
    })
  if (!written.discipline && written.step !== undefined)
    findings.push({ path: ['ntp', 'step'], message: 'needs discipline = true: without it the clock is not touched' })
  const seen = new Set<string>()
  if (written.nts !== undefined) findings.push(...checkNts(written.nts))
  for (const [index, { address, port, poll, ...proof }] of written.source.entries()) {
    const path = ['ntp', 'source', index]
    findings.push(...checkProof(proof, written.keys !== undefined, path))
    if (poll.min > poll.max) findings.push({ path: [...path, 'poll'], message: 'min must not be longer than max' })
    if (seen.has(`${address} ${port}`)) findings.push({ path, message: `${address} is a source already` })
    seen.add(`${address} ${port}`)
  }
  return findings
}
