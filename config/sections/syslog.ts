import * as v from 'valibot'
import type { SyslogSection } from '../../daemons/syslog/section.ts'
import type { Finding } from '../config-problem.ts'
import { duration, syncPeriod } from '../pieces/duration.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { flag, notYet, table } from '../pieces/piece.ts'
import { size } from '../pieces/size.ts'
import { restartSchema } from './restart.ts'

/** `[syslog]`. */
export const syslogSchema = table('Collects log messages over UDP, TCP and a local socket.', {
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  listen: v.optional(listenList('Sockets to collect on.', ['udp', 'tcp', 'unix'])),
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
  sync: v.optional(syncPeriod('Time between flushes to disk; "batch" = before the next batch is read; "off".'), '1s'),
  restart: v.optional(restartSchema),
  tls: notYet('syslog over TLS is not in this version yet; remove this key'),
  forward: notYet('forwarding of messages is not in this version yet; remove this section'),
})

type Written = v.InferOutput<typeof syslogSchema>

/** Fills in what `[syslog]` leaves open; the local socket is in `run_dir` when nothing else is said. */
export function buildSyslog(written: Written, anchor: (path: string) => string, runDir: string): SyslogSection {
  return {
    listen: written.listen?.map((url) => anchorListenUrl(url, anchor)) ?? [
      'udp://0.0.0.0:514',
      'udp://[::]:514',
      'tcp://0.0.0.0:514',
      'tcp://[::]:514',
      `unix://${runDir}/log.sock`,
    ],
    maxMessageBytes: written.max_message,
    segment: { sizeBytes: written.segment.size, ageMs: written.segment.age },
    retention: { ageMs: written.retention.age, sizeBytes: written.retention.size },
    sync: written.sync,
  }
}

/** What is wrong in `[syslog]` as a whole. */
export function checkSyslog(written: Written): Finding[] {
  const findings: Finding[] = []
  if (written.listen?.length === 0)
    findings.push({ path: ['syslog', 'listen'], message: 'must name at least one socket' })
  if (written.retention.size < written.segment.size)
    findings.push({ path: ['syslog', 'retention', 'size'], message: 'must not be smaller than segment.size' })
  return findings
}
