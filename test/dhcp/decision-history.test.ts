import { expect, test } from 'vitest'
import { DecisionHistory, type DecisionRecord } from '../../daemons/dhcp/decision-history.ts'
import { ip } from './client-message.ts'

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
  for (const outcome of ['1', '2', '3', '4', '5']) history.add(record({ outcome }))
  const outcomes = (rows: readonly { outcome: string }[]): string => rows.map((row) => row.outcome).join('')
  expect(outcomes(history.about('525400aabbcc'))).toBe('345')
  expect(outcomes(history.about('525400aabbcc', 2))).toBe('45')
})
