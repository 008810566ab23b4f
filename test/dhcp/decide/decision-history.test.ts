import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DecisionHistory, type DecisionRecord } from '../../../daemons/dhcp/decide/decision-history.ts'
import { makeHistoryWriter, readHistory } from '../../../daemons/dhcp/decide/history-file.ts'
import { ip } from '../client-message.ts'

const record = (more: Partial<DecisionRecord>): DecisionRecord => ({
  atMs: 0,
  mac: '52:54:00:aa:bb:cc',
  clientId: null,
  type: 'DISCOVER',
  outcome: 'offer',
  reason: 'next free address',
  address: 0,
  relay: 0,
  ...more,
})

test.each(['52:54:00:aa:bb:cc', '52-54-00-AA-BB-CC', '525400aabbcc', '10.0.0.7', 'ff:00:01', 'FF0001'])(
  'DecisionHistory finds a client as %s',
  (key) => {
    const history = new DecisionHistory(8)
    history.add(record({ mac: '52:54:00:aa:bb:cd', clientId: '52', reason: 'of another client' }))
    history.add(record({ address: ip('10.0.0.7'), clientId: 'ff0001' }))
    expect(history.about(key)).toMatchObject([{ reason: 'next free address', client_id: 'ff0001' }])
  },
)

test('DecisionHistory keeps the newest of all clients, and tells them oldest first', () => {
  const history = new DecisionHistory(3)
  for (const outcome of ['1', '2', '3', '4', '5']) history.add(record({ outcome, atMs: Number(outcome) }))
  const outcomes = (rows: readonly { outcome: string }[]): string => rows.map((row) => row.outcome).join('')
  expect(outcomes(history.about('525400aabbcc'))).toBe('345')
  expect(outcomes(history.about('525400aabbcc', 2))).toBe('45')
})

test('DecisionHistory counts what is decided again and again for a client, and begins anew after another decision', () => {
  const history = new DecisionHistory(8)
  for (const atMs of [1, 2, 3]) history.add(record({ atMs, outcome: 'pool_exhausted' }))
  history.add(record({ atMs: 4, mac: '52:54:00:00:00:01', outcome: 'pool_exhausted' }))
  history.add(record({ atMs: 5 }))
  history.add(record({ atMs: 6, outcome: 'pool_exhausted' }))
  expect(history.about('525400aabbcc').map(({ outcome, times }) => `${outcome} ${times}`)).toEqual([
    'pool_exhausted 3',
    'offer 1',
    'pool_exhausted 1',
  ])
  expect(history.about('525400aabbcc')[0]).toMatchObject({
    since: '1970-01-01T00:00:00.001Z',
    at: '1970-01-01T00:00:00.003Z',
  })
})

test('DecisionHistory keeps how a client came to its address through a flood of others', () => {
  const history = new DecisionHistory(100)
  history.add(record({ outcome: 'ack', type: 'REQUEST' }))
  for (let at = 0; at < 10_000; at++) {
    history.add(record({ atMs: at, mac: `02:00:00:00:${at >> 8}:${at & 255}` }))
    history.add(record({ atMs: at, mac: `02:00:00:00:${at >> 8}:${at & 255}`, outcome: 'ack', type: 'INFORM' }))
  }
  expect(history.about('525400aabbcc')).toMatchObject([{ outcome: 'ack' }])
  expect(history.all()).toHaveLength(101)
})

test('DecisionHistory puts what was kept in a file before what came since, and a bad file does no harm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-history-'))
  const file = join(folder, 'history.json')
  try {
    const before = new DecisionHistory(4, () => readHistory(file))
    const keep = makeHistoryWriter(file, before)
    keep()
    expect(existsSync(file)).toBe(false)
    before.add(record({ outcome: 'ack', atMs: 1 }))
    keep()
    expect(readHistory(file)).toHaveLength(1)
    before.add(record({ atMs: 2 }))
    keep()
    rmSync(file)
    keep()
    expect(existsSync(file)).toBe(false)
    before.add(record({ atMs: 2 }))
    keep()
    const after = new DecisionHistory(4, () => readHistory(file))
    after.add(record({ atMs: 3, outcome: 'released' }))
    after.add(record({ atMs: 4 }))
    expect(after.about('525400aabbcc').map(({ outcome }) => outcome)).toEqual(['ack', 'offer', 'released', 'offer'])
    expect(after.about('525400aabbcc')).toHaveLength(4)
    writeFileSync(file, '[{"atMs":"x"},7,{')
    expect(new DecisionHistory(4, () => readHistory(file)).all()).toEqual([])
    writeFileSync(file, '[{"atMs":"x"},7,null]')
    expect(new DecisionHistory(4, () => readHistory(file)).all()).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
