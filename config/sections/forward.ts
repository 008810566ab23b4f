import * as v from 'valibot'
import type { ForwardAddress, ForwardHttp, ForwardSection } from '../../daemons/syslog/section.ts'
import { formatListenUrl, type ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Finding } from '../config-problem.ts'
import { duration } from '../pieces/duration.ts'
import { forwardAddress } from '../pieces/forward-address.ts'
import { headerTable } from '../pieces/header-table.ts'
import { flag, list, oneOf, table, text, whole } from '../pieces/piece.ts'
import { size } from '../pieces/size.ts'

const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
const FACILITIES = [
  ...(['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'] as const),
  ...(['ntp', 'security', 'console', 'solaris-cron'] as const),
  ...(['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'] as const),
] as const

const LABELS = ['host', 'app', 'facility', 'severity', 'src', 'via'] as const

/** The longest that fits into one datagram of IPv4. */
const DATAGRAM_BYTES = 65_507
const STREAM_BYTES = 16 << 20
/** Loki and VictoriaLogs take no longer lines unless told to. */
const HTTP_BYTES = 256 << 10
/** Receivers lose what comes faster than they read; over TCP they slow the sender down instead. */
const DATAGRAM_RATE = 10_000

/** `[[syslog.forward]]`. */
export const forwardSchema = table('Passes messages on to another collector.', {
  to: forwardAddress(
    'Where to: `tcp://`, `tls://` or `udp://`, host and port; or the URL that takes batches over HTTP.',
  ),
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
    oneOf(
      'RFC 5424, the older RFC 3164, or lines as they are stored; over HTTP those lines, or streams of Loki. Absent = by `to`.',
      ['rfc5424', 'rfc3164', 'json', 'loki'],
    ),
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
    size(
      'Longer messages are cut; absent = what fits a datagram, 16MiB on a stream, 256KiB over HTTP.',
      '480B',
      '16MiB',
    ),
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
  headers: v.optional(headerTable('HTTP headers, such as { Authorization = "Bearer …" }.'), {}),
  labels: v.optional(
    list('Fields that part messages into streams of Loki, beside job="lanward".', oneOf('A field.', LABELS)),
    ['host', 'severity'],
  ),
  batch: v.optional(
    table('When a batch goes over HTTP.', {
      size: v.optional(size('When it has so many bytes.', '1KiB', '16MiB'), '1MiB'),
      wait: v.optional(duration('When its first message is so old.', '10ms', '1m'), '1s'),
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
  const { tls = {} } = written
  const format = formatOf(written)
  const way = wayOf(written)
  const rate = written.rate ?? (way === 'datagram' ? DATAGRAM_RATE : 0)
  const most = { datagram: DATAGRAM_BYTES, stream: STREAM_BYTES, http: HTTP_BYTES }[way]
  const file = (path: string | undefined): string | null => (path === undefined ? null : anchor(path))
  return {
    name: nameOf(written),
    to: completed(written.to),
    filter: {
      severity: SEVERITIES.indexOf(written.severity),
      facilities: written.facility.map((facility) => FACILITIES.indexOf(facility)),
      hosts: written.host.map((name) => name.toLowerCase()),
      apps: written.app.map((name) => name.toLowerCase()),
    },
    format,
    framing: written.framing ?? (format === 'json' ? 'newline' : 'octet-counted'),
    origin: written.origin,
    maxMessageBytes: written.max_message ?? most,
    rate: rate === 0 ? null : rate,
    tls: { ca: file(tls.ca), cert: file(tls.cert), key: file(tls.key), name: tls.name ?? null },
    http: way === 'http' ? buildHttp(written) : null,
    spool: { sizeBytes: written.spool.size, ageMs: written.spool.age },
  }
}

function buildHttp({ headers, labels, batch }: Written): ForwardHttp {
  const { size: sizeBytes, wait: waitMs } = batch ?? { size: 1 << 20, wait: 1000 }
  return { headers, labels, batch: { sizeBytes, waitMs } }
}

/** VictoriaLogs has to be told which fields are which; what the URL says itself stays. */
function completed(to: ForwardAddress): ForwardAddress {
  if (!('url' in to)) return to
  const url = new URL(to.url)
  if (url.pathname.endsWith('/insert/jsonline'))
    for (const [name, value] of Object.entries(VICTORIA_FIELDS))
      if (!url.searchParams.has(name)) url.searchParams.set(name, value)
  return { ...to, url: url.href }
}

function wayOf({ to }: Pick<Written, 'to'>): 'datagram' | 'stream' | 'http' {
  return 'url' in to ? 'http' : to.scheme === 'udp' ? 'datagram' : 'stream'
}

function formatOf({ to, format }: Pick<Written, 'to' | 'format'>): NonNullable<Written['format']> {
  if (format !== undefined) return format
  if (!('url' in to)) return 'rfc5424'
  return new URL(to.url).pathname.endsWith('/loki/api/v1/push') ? 'loki' : 'json'
}

/** What is wrong in the targets as a whole. @param segmentBytes size of a segment; listen: our own listeners */
export function checkForwards(
  targets: readonly Written[],
  segmentBytes: number,
  listen: readonly ListenUrl[],
): Finding[] {
  const names = new Map<string, number>()
  return targets.flatMap((written, index) => {
    const name = nameOf(written)
    const before = names.get(name)
    names.set(name, index)
    const says = [...nameFaults(written, name, before), ...wayFaults(written)]
    const own = ownListener(written.to, listen)
    if (own !== null) says.push(['to', `is our own listener ${own}: each message would come back to us`])
    if (written.spool.size < segmentBytes)
      says.push(['spool', 'size must not be smaller than segment.size: whole segments are skipped'])
    return says.map(([key, message]): Finding => ({ path: ['syslog', 'forward', index, key], message }))
  })
}

/** The listener that is the very address of a target; names are not looked up. */
function ownListener(to: ForwardAddress, listen: readonly ListenUrl[]): string | null {
  if ('url' in to) return null
  const own = listen.find(
    (url) => 'port' in url && url.scheme === to.scheme && url.host === to.host && url.port === to.port,
  )
  return own === undefined ? null : formatListenUrl(own)
}

type Fault = [key: string, message: string]

function nameFaults(written: Written, name: string, before: number | undefined): Fault[] {
  const key = written.name === undefined ? 'to' : 'name'
  if (name.length > NAME_CHARACTERS) return [[key, `is longer than ${NAME_CHARACTERS} characters; give a shorter name`]]
  if (before === undefined) return []
  const place = `(number ${before + 1})`
  if (key === 'name') return [['name', `is that of another target ${place}`]]
  return [['to', `is that of the target before it ${place}: give one of them a name`]]
}

/** Keys that do not go with where the messages go. */
function wayFaults(written: Written): Fault[] {
  const { to, tls, framing, max_message = 0, format, batch, headers } = written
  const way = wayOf(written)
  const faults: Fault[] = []
  if (tls !== undefined && to.scheme !== 'tls' && to.scheme !== 'https')
    faults.push(['tls', `is only for tls:// and https:// targets, not ${to.scheme}://`])
  if ((tls?.cert === undefined) !== (tls?.key === undefined))
    faults.push(['tls', 'needs both cert and key, or neither'])
  if (way !== 'stream' && framing !== undefined) faults.push(['framing', 'is only for tcp:// and tls:// targets'])
  if (format === 'json' && framing === 'octet-counted') faults.push(['framing', 'must be "newline" with format "json"'])
  if (way === 'datagram' && max_message > DATAGRAM_BYTES)
    faults.push(['max_message', `must not exceed ${DATAGRAM_BYTES}B, the longest datagram`])
  if (way === 'http' && (format === 'rfc5424' || format === 'rfc3164'))
    faults.push(['format', 'must be "json" or "loki" over HTTP'])
  if (way !== 'http' && format === 'loki') faults.push(['format', 'must not be "loki" without HTTP'])
  if (way !== 'http' && batch !== undefined) faults.push(['batch', 'is only for http:// and https:// targets'])
  if (way !== 'http' && Object.keys(headers).length > 0)
    faults.push(['headers', 'is only for http:// and https:// targets'])
  return faults
}

function nameOf({ name, to }: Written): string {
  if (name !== undefined) return name
  if ('url' in to) return to.url
  return `${to.scheme}://${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`
}

/** Written as a file name it must stay below 255 bytes. */
const NAME_CHARACTERS = 80
const VICTORIA_FIELDS = { _stream_fields: 'host,app', _msg_field: 'msg', _time_field: 'rt' } as const
