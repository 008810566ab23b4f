import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Verdict } from '../../supervisor/service/health.ts'
import { HealthLog } from '../../supervisor/service/health-watch.ts'

const OK: Verdict = { health: 'ok', reason: null }
const SICK: Verdict = { health: 'degraded', reason: 'the disk is full' }
const WORSE: Verdict = { health: 'degraded', reason: 'probe: no answer' }
const GONE: Verdict = { health: 'failing', reason: 'exit code 1' }
const NEW: Verdict = { health: 'unknown', reason: 'not yet probed' }

test.each<[string, readonly Verdict[], readonly string[]]>([
  ['a service that is well', [NEW, OK, OK], []],
  ['a service that falls ill and recovers', [OK, SICK, SICK, OK, OK], ['40 the disk is full', '30 well again']],
  ['each time anew', [SICK, OK, SICK], ['40 the disk is full', '30 well again', '40 the disk is full']],
  ['one illness with several reasons', [SICK, WORSE, SICK], ['40 the disk is full']],
  ['a restart in between', [SICK, GONE, NEW, OK], ['40 the disk is full', '30 well again']],
  ['a restart that does not help', [SICK, GONE, NEW, SICK], ['40 the disk is full']],
  ['a failure that its state tells of', [OK, GONE, NEW, OK], []],
])('HealthLog says once what there is to say of %s', (_title, verdicts, want) => {
  const lines: string[] = []
  const log = new HealthLog(pino({}, { write: (line: string) => lines.push(line) }))
  for (const verdict of verdicts) {
    log.tell('dhcp', verdict)
    log.tell('ntp', OK)
  }
  const said = lines.map((line): Record<string, unknown> => JSON.parse(line))
  expect(said.map(({ level, reason, msg }) => `${level} ${reason ?? msg}`)).toEqual(want)
  expect(said.every(({ daemon }) => daemon === 'dhcp')).toBe(true)
})
