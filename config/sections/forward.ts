import * as v from 'valibot'
import type { ForwardSection } from '../../daemons/syslog/section.ts'
import type { Finding } from '../config-problem.ts'
import { duration } from '../pieces/duration.ts'
import { forwardAddress } from '../pieces/forward-address.ts'
import { flag, list, oneOf, table, text, whole } from '../pieces/piece.ts'
import { size } from '../pieces/size.ts'

const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
const FACILITIES = [
  ...(['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'] as const),
  ...(['ntp', 'security', 'console', 'solaris-cron'] as const),
  ...(['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const),
] as const

/** The longest that fits into one datagram of IPv4. */
const DATAGRAM_BYTES = 65_507
const STREAM_BYTES = 16 << 20
/** Receivers lose what comes faster than they read; over TCP they slow the sender down instead. */
const DATAGRAM_RATE = 10_000

/** `[[syslog.forward]]`. */
export const forwardSchema = table('Passes messages on to another collector.', {
  to: forwardAddress('Where to: `tcp://`, `tls://` or `udp://`, host and port.'),
  name: v.optional(text('Tells it from other targets in reports and on disk; absent = `to`.', 'a name')),
  severity: v.optional(oneOf('Only messages of this severity or worse.', SEVERITIES), 'debug'),
  facility: v.optional(list('Only messages of these facilities.', oneOf('A facility.', FACILITIES)), []),
  host: v.optional(
    list('Only messages of these hosts.', text('A name or address; `*` stands for any characters.', 'a host')),
    [],
  ),
  app: v.optional(
    list('Only messages of these programs.', text('A name; `*` stands for any characters.', 'the name of a program')),
    [],
  ),
  format: v.optional(
    oneOf('RFC 5424, the older RFC 3164, or lines as they are stored.', ['rfc5424', 'rfc3164', 'json']),
    'rfc5424',
  ),
  framing: v.optional(
    oneOf('How messages are told apart on a stream; absent = octet-counted, lines of JSON by newline.', [
      'octet-counted',
      'newline',
    ]),
  ),
  origin: v.optional(
    flag('Add structured data that tells where a message has been: without it there is no protection against loops.'),
    true,
  ),
  max_message: v.optional(
    size('Longer messages are cut; absent = what fits a datagram, 16MiB on a stream.', '480B', '16MiB'),
  ),
  rate: v.optional(
    whole('Messages in a second at most; 0 = no limit; absent = 10000 over UDP, no limit on a stream.', 0, 1_000_000),
  ),
  tls: v.optional(
    table('How target and we prove who we are.', {
      ca: v.optional(
        text('File of the authorities for its certificate; absent = those of the system.', 'the path of a file'),
      ),
      cert: v.optional(text('File of our certificate, for targets that want one (PEM).', 'the path of a file')),
      key: v.optional(text('File of its key (PEM), readable by the user of the daemons.', 'the path of a file')),
      name: v.optional(
        text('The name in its certificate, or `sha256:` and its fingerprint; absent = the host of `to`.', 'a name'),
      ),
    }),
  ),
  spool: v.optional(
    table('How far the target may stay behind; beyond that the oldest messages are skipped.', {
      size: v.optional(size('Bytes of the store that it has not got.', '4KiB', '1024TiB'), '1GiB'),
      age: v.optional(duration('Age of the oldest message that it has not got.', '1m', '36500d'), '7d'),
    }),
    {},
  ),
})

type Written = v.InferOutput<typeof forwardSchema>

/** Fills in what a `[[syslog.forward]]` leaves open. */
export function buildForward(written: Written, anchor: (path: string) => string): ForwardSection {
  const { to, format, tls = {} } = written
  const datagram = to.scheme === 'udp'
  const rate = written.rate ?? (datagram ? DATAGRAM_RATE : 0)
  const file = (path: string | undefined): string | null => (path === undefined ? null : anchor(path))
  return {
    name: nameOf(written),
    to,
    filter: {
      severity: SEVERITIES.indexOf(written.severity),
      facilities: written.facility.map((facility) => FACILITIES.indexOf(facility)),
      hosts: written.host.map((name) => name.toLowerCase()),
      apps: written.app.map((name) => name.toLowerCase()),
    },
    format,
    framing: written.framing ?? (format === 'json' ? 'newline' : 'octet-counted'),
    origin: written.origin,
    maxMessageBytes: written.max_message ?? (datagram ? DATAGRAM_BYTES : STREAM_BYTES),
    rate: rate === 0 ? null : rate,
    tls: { ca: file(tls.ca), cert: file(tls.cert), key: file(tls.key), name: tls.name ?? null },
    spool: { sizeBytes: written.spool.size, ageMs: written.spool.age },
  }
}

/** What is wrong in the targets as a whole. @param segmentBytes size of a segment */
export function checkForwards(targets: readonly Written[], segmentBytes: number): Finding[] {
  const findings: Finding[] = []
  const names = new Map<string, number>()
  for (const [index, written] of targets.entries()) {
    const path = ['syslog', 'forward', index]
    const say = (key: string, message: string): void => void findings.push({ path: [...path, key], message })
    const name = nameOf(written)
    const before = names.get(name)
    if (before !== undefined && written.name === undefined)
      say('to', `is that of the target before it (number ${before + 1}): give one of them a name`)
    else if (before !== undefined) say('name', `is that of another target (number ${before + 1})`)
    names.set(name, index)
    if (name.length > NAME_CHARACTERS)
      say(
        written.name === undefined ? 'to' : 'name',
        `is longer than ${NAME_CHARACTERS} characters; give a shorter name`,
      )
    const { to, tls, max_message = 0 } = written
    if (tls !== undefined && to.scheme !== 'tls') say('tls', `is only for tls:// targets, not ${to.scheme}://`)
    if ((tls?.cert === undefined) !== (tls?.key === undefined)) say('tls', 'needs both cert and key, or neither')
    if (to.scheme === 'udp' && written.framing !== undefined)
      say('framing', 'is only for streams: a datagram is one message')
    if (written.format === 'json' && written.framing === 'octet-counted')
      say('framing', 'must be "newline" with format "json"')
    if (to.scheme === 'udp' && max_message > DATAGRAM_BYTES)
      say('max_message', `must not exceed ${DATAGRAM_BYTES}B, the longest datagram`)
    if (written.spool.size < segmentBytes)
      say('spool', 'size must not be smaller than segment.size: whole segments are skipped')
  }
  return findings
}

function nameOf({ name, to }: Written): string {
  const host = to.host.includes(':') ? `[${to.host}]` : to.host
  return name ?? `${to.scheme}://${host}:${to.port}`
}

/** Written as a file name it must stay below 255 bytes. */
const NAME_CHARACTERS = 80
