import * as v from 'valibot'
import type { LimitsSection, SyslogSection, TlsSection } from '../../daemons/syslog/section.ts'
import type { Finding } from '../config-problem.ts'
import { duration, syncPeriod } from '../pieces/duration.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { flag, list, table, text, whole } from '../pieces/piece.ts'
import { size } from '../pieces/size.ts'
import { buildForward, checkForwards, forwardSchema } from './forward.ts'
import { restartSchema } from './restart.ts'
import { buildSender, checkSenders, senderSchema } from './sender.ts'

/** `[syslog]`. */
export const syslogSchema = table('Collects log messages over UDP, TCP and a local socket.', {
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  listen: v.optional(listenList('Sockets to collect on.', ['udp', 'tcp', 'unix', 'unix-stream'])),
  instances: v.optional(whole('Threads that receive, each with a socket of its own for each UDP address.', 1, 16), 1),
  max_message: v.optional(size('Longer messages are cut.', '480B', '1MiB'), '64KiB'),
  segment: v.optional(
    table('When a new file of the store is begun.', {
      size: v.optional(size('At this size.', '4KiB', '4GiB'), '64MiB'),
      age: v.optional(duration('At this age.', '1s', '30d'), '1h'),
    }),
    {},
  ),
  retention: v.optional(
    table('What is kept; older files are deleted.', {
      age: v.optional(duration('Messages older than this may go.', '1m', '36500d'), '30d'),
      size: v.optional(size('The oldest go when the store is bigger than this.', '4KiB', '1024TiB'), '10GiB'),
    }),
    {},
  ),
  archive: v.optional(
    table('Old files of the store become Parquet, some thirty times smaller.', {
      enabled: v.optional(flag('false: they stay as they are.'), true),
      after: v.optional(duration('How long after its last message a file stays as it is.', '0s', '3650d'), '1h'),
    }),
    {},
  ),
  max_connections: v.optional(
    whole('Stream connections at a time; beyond it the greediest sender loses one.', 16, 65_000),
    1024,
  ),
  max_connections_per_sender: v.optional(
    whole(
      'Of these, at most so many of one address (of IPv6: of one /64); absent = as many as there may be.',
      1,
      65_000,
    ),
  ),
  rate_limit: v.optional(
    table('Datagrams that one address (of IPv6: one /64) may send; absent = no limit.', {
      per_second: whole('Messages per second, for ever.', 1, 1_000_000),
      burst: v.optional(whole('Messages at once; absent = ten seconds worth of them.', 16, 10_000_000)),
    }),
  ),
  sync: v.optional(syncPeriod('Time between flushes to disk; "batch" = before the next batch is read; "off".'), '1s'),
  restart: v.optional(restartSchema),
  tls: v.optional(
    table('Collects over TLS (RFC 5425).', {
      listen: v.optional(listenList('Sockets to collect on.', ['tls']), ['tls://0.0.0.0:6514', 'tls://[::]:6514']),
      cert: text(
        'File of the certificate, and behind it those that lead to its authority (PEM).',
        'the path of a file',
      ),
      key: text('File of its key (PEM), readable by the user of the daemons.', 'the path of a file'),
      client_ca: v.optional(
        text(
          'File of the authority that issued the certificates of clients; absent = they need none.',
          'the path of a file',
        ),
      ),
      client_names: v.optional(
        list(
          "Names of which a client's certificate must have one; absent = any of client_ca.",
          text('`host.example`, `*.example` or `sha256:` and the fingerprint.', 'the name of a client'),
        ),
        [],
      ),
    }),
  ),
  forward: v.optional(list('Other collectors that get the messages too.', forwardSchema), []),
  sender: v.optional(list('What is known of senders whose messages leave something open.', senderSchema), []),
})

type Written = v.InferOutput<typeof syslogSchema>

/** Fills in what `[syslog]` leaves open; the local socket is in `run_dir` when nothing else is said. */
export function buildSyslog(written: Written, anchor: (path: string) => string, runDir: string): SyslogSection {
  const { tls } = written
  const listen = written.listen?.map((url) => anchorListenUrl(url, anchor)) ?? [
    'udp://0.0.0.0:514',
    'udp://[::]:514',
    'tcp://0.0.0.0:514',
    'tcp://[::]:514',
    `unix://${runDir}/log.sock`,
  ]
  return {
    listen: [...listen, ...(tls?.listen.map((url) => anchorListenUrl(url, anchor)) ?? [])],
    instances: written.instances,
    maxMessageBytes: written.max_message,
    segment: { sizeBytes: written.segment.size, ageMs: written.segment.age },
    retention: { ageMs: written.retention.age, sizeBytes: written.retention.size },
    archive: { enabled: written.archive.enabled, afterMs: written.archive.after },
    sync: written.sync,
    tls: tls === undefined ? null : buildTls(tls, anchor),
    forward: written.forward.map((target) => buildForward(target, anchor)),
    senders: written.sender.map(buildSender),
    limits: buildLimits(written),
  }
}

function buildLimits({ max_connections, max_connections_per_sender, rate_limit }: Written): LimitsSection {
  return {
    connections: max_connections,
    connectionsPerSender: max_connections_per_sender ?? max_connections,
    rate:
      rate_limit === undefined
        ? null
        : { perSecond: rate_limit.per_second, burst: rate_limit.burst ?? Math.max(16, 10 * rate_limit.per_second) },
  }
}

function buildTls(written: NonNullable<Written['tls']>, anchor: (path: string) => string): TlsSection {
  const { cert, key, client_ca, client_names } = written
  const clientCa = client_ca === undefined ? null : anchor(client_ca)
  return { cert: anchor(cert), key: anchor(key), clientCa, clientNames: client_names }
}

/** What is wrong in `[syslog]` as a whole. */
export function checkSyslog(written: Written): Finding[] {
  const findings: Finding[] = []
  for (const [path, listen] of [
    [['syslog', 'listen'], written.listen],
    [['syslog', 'tls', 'listen'], written.tls?.listen],
  ] as const)
    if (listen?.length === 0) findings.push({ path, message: 'must name at least one socket' })
  if (written.tls !== undefined && written.tls.client_ca === undefined && written.tls.client_names.length > 0)
    findings.push({
      path: ['syslog', 'tls', 'client_names'],
      message: 'needs client_ca: without it no client shows a certificate',
    })
  if (written.retention.size < written.segment.size)
    findings.push({ path: ['syslog', 'retention', 'size'], message: 'must not be smaller than segment.size' })
  const listen = [...(written.listen ?? []), ...(written.tls?.listen ?? [])]
  findings.push(...checkForwards(written.forward, written.segment.size, listen), ...checkSenders(written.sender))
  return findings
}
