import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeLabel, formatOpenMetrics } from '../../daemons/http/open-metrics.ts'
import { formatBytes, formatSeconds, formatStatusText } from '../../daemons/http/plain-text.ts'
import { renderStatusPage } from '../../daemons/http/status-page.ts'
import { serviceStatus, statusDocument } from './site-under-test.ts'

/** Everything that could break out of a page, a terminal or a label. */
const HOSTILE = '<script>alert("1")</script>\'&\u001b[2J\u0007\r\n\u0085\u2028\\'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/

const hostile = statusDocument(
  serviceStatus({
    name: HOSTILE,
    state: HOSTILE,
    health: HOSTILE,
    reason: HOSTILE,
    status: HOSTILE,
    listen: [HOSTILE],
    probe: { ok: false, latency_ms: null, error: HOSTILE },
    last_exit: { at: HOSTILE, reason: HOSTILE, gap_ms: null },
    counters: { [HOSTILE]: 1, received: 5 },
  }),
)

describe('renderStatusPage', () => {
  test('lets nothing of the network be markup or steer a terminal', () => {
    for (const page of [renderStatusPage({ document: hostile }), renderStatusPage({ reason: HOSTILE })]) {
      expect(page).not.toMatch(CONTROL)
      expect(page).not.toContain('<script')
      expect(page).not.toContain('alert("')
      expect(page).toContain('&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#39;&#38;?[2J?')
    }
  })

  test('has only the tags of its own, whatever a service is called', () => {
    const tags = (text: string): string => [...text.matchAll(/<[^>]*>/g)].map(([tag]) => tag).join('')
    const plain = tags(renderStatusPage({ document: statusDocument(serviceStatus({ reason: 'x' })) }))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const document = statusDocument(serviceStatus({ name: text, reason: text }))
        expect(tags(renderStatusPage({ document }))).toBe(plain)
      }),
    )
  })

  test('marks each health by a shape beside the colour, and needs nothing from elsewhere', () => {
    const healths = ['ok', 'degraded', 'failing', 'unknown']
    const document = statusDocument(...healths.map((health) => serviceStatus({ name: health, health })))
    const page = renderStatusPage({ document })
    for (const shape of ['●', '▲', '■', '○']) expect(page).toContain(shape)
    expect(page).not.toMatch(/src=|<script|@import|url\(/)
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
  })
})

test('every form tells of a drill of time, and nothing of it steers a terminal or a page', () => {
  const { supervisor, services } = statusDocument(serviceStatus())
  const drill = { pid: 4, listen: 'udp://192.0.2.1:1223', fault: `an hour ahead${HOSTILE}` }
  const document = { supervisor: { ...supervisor, time_drills: [drill] }, services }
  const words = 'udp://192.0.2.1:1223 serves a wrong time on purpose (pid 4): an hour ahead'
  const text = formatStatusText(document)
  expect(text).toContain(`\r\nDRILL: ${words}`)
  expect(text.replaceAll('\r\n', '')).not.toMatch(CONTROL)
  const page = renderStatusPage({ document })
  expect(page).toContain(`drill: ${words}`)
  expect(page).not.toContain('<script')
  expect(formatOpenMetrics(document)).toContain('\nlanward_time_drills 1\n')
  expect(formatOpenMetrics({ supervisor, services })).toContain('\nlanward_time_drills 0\n')
})

describe('formatStatusText', () => {
  test('lets no control character through, and ends each line as telnet wants it', () => {
    const text = formatStatusText(hostile)
    expect(text.replaceAll('\r\n', '')).not.toMatch(CONTROL)
    expect(text.endsWith('\r\n')).toBe(true)
  })
})

describe('formatOpenMetrics', () => {
  const lines = (text: string): readonly string[] => text.split('\n')

  test('escapes backslash, quote and line feed in labels', () => {
    expect(escapeLabel('a\\b"c\nd')).toBe('a\\\\b\\"c\\nd')
    const text = formatOpenMetrics(statusDocument(serviceStatus({ name: 'a\\b"c\nd' })))
    expect(text).toContain('lanward_service_up{service="a\\\\b\\"c\\nd"} 1\n')
  })

  test('keeps one line for each sample whatever a service is called', () => {
    const count = lines(formatOpenMetrics(statusDocument(serviceStatus()))).length
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const text = formatOpenMetrics(statusDocument(serviceStatus({ name })))
        expect(lines(text)).toHaveLength(count)
        expect(text.endsWith('\n# EOF\n')).toBe(true)
      }),
    )
  })

  test('tells how full each pool of dhcp is, by subnet and pool', () => {
    const pool = { subnet: '192.0.2.0/24', pool: '192.0.2.1-192.0.2.9', addresses: 9, used: 4, free: 5, text: '' }
    const pools = [
      { ...pool, hours_until_full: 2.5 },
      { ...pool, pool: HOSTILE, hours_until_full: null },
      { text: 'of another version' },
    ]
    const text = formatOpenMetrics(statusDocument(serviceStatus({ name: 'dhcp', details: { pools } })))
    const labels = '{service="dhcp",subnet="192.0.2.0/24",pool="192.0.2.1-192.0.2.9"}'
    expect(text).toContain(`# TYPE lanward_dhcp_pool_used gauge\n`)
    expect(text).toContain(`lanward_dhcp_pool_addresses${labels} 9\n`)
    expect(text).toContain(`lanward_dhcp_pool_used${labels} 4\n`)
    expect(text).toContain(`lanward_dhcp_pool_free${labels} 5\n`)
    expect(text).toContain(`lanward_dhcp_pool_hours_until_full${labels} 2.5\n`)
    expect(lines(text).filter((line) => line.startsWith('lanward_dhcp_pool_'))).toHaveLength(7)
  })

  test('writes each family in one piece: its type, its unit, its samples', () => {
    const text = formatOpenMetrics(statusDocument(serviceStatus(), serviceStatus({ name: 'dhcp', restarts: 2 })))
    const families = lines(text).flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? [])
    expect(new Set(families).size).toBe(families.length)
    let family = ''
    for (const line of lines(text).slice(0, -2)) {
      family = /^# TYPE (\S+)/.exec(line)?.[1] ?? family
      expect(line.startsWith('#') || new RegExp(`^${family}(_total|_info)?[{ ]`).test(line)).toBe(true)
    }
    expect(text).toContain('# TYPE lanward_service_restarts counter\n')
    expect(text).toContain('lanward_service_restarts_total{service="dhcp"} 2\n')
    expect(text).toContain('# UNIT lanward_service_uptime_seconds seconds\n')
    expect(text).toContain('lanward_service_probe_seconds{service="ntp"} 0.0005\n')
    expect(text).toContain('lanward_service_state{service="ntp",lanward_service_state="ready"} 1\n')
  })

  test('tells counters as totals, what goes up and down as a gauge, and leaves out impossible names and numbers', () => {
    const counters = { received: 3, connections: 2, bytes_total: 4, 'no-name': 1, Upper: 1, nan: Number.NaN }
    const text = formatOpenMetrics(statusDocument(serviceStatus({ name: 'syslog', counters })))
    expect(text).toContain('# TYPE lanward_received counter\n')
    expect(text).toContain('lanward_received_total{service="syslog"} 3\n')
    expect(text).toContain('# TYPE lanward_connections gauge\n')
    expect(text).toContain('lanward_connections{service="syslog"} 2\n')
    expect(text).not.toContain('lanward_connections_total')
    expect(text).toContain('lanward_bytes_total{service="syslog"} 4\n')
    for (const name of ['no-name', 'Upper', 'nan', 'NaN']) expect(text).not.toContain(name)
  })

  test.each([
    [{ state: 'ready', health: 'ok' }, 1],
    [{ state: 'ready', health: 'unknown' }, 1],
    [{ state: 'ready', health: 'degraded' }, 0],
    [{ state: 'starting', health: 'unknown' }, 0],
    [{ state: 'stopped', health: 'ok' }, 1],
    [{ state: 'parked', health: 'failing' }, 0],
  ])('calls a service that is %j up: %i', (more, up) => {
    expect(formatOpenMetrics(statusDocument(serviceStatus(more)))).toContain(
      `lanward_service_up{service="ntp"} ${up}\n`,
    )
  })
})

test.each([
  [null, '-'],
  [0.4, '0 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7200, '2 h'],
  [172_800, '2 d'],
])('formatSeconds writes %d as %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text)
})

test.each([
  [null, '-'],
  [2048, '2 KiB'],
  [1_572_864, '1.5 MiB'],
])('formatBytes writes %d as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})
