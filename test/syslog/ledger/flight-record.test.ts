import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { findLastingMemory } from '../../../daemons/linux/lasting-memory.ts'
import { FlightRecord, readRemains } from '../../../daemons/syslog/ledger/flight-record.ts'

/** Runs a process that marks what it has in hand and is killed by SIGKILL in the middle; gives the number of its record. */
function killedWhile(steps: string): number {
  const program = `
    const { FlightRecord } = await import(${JSON.stringify(new URL('../../../daemons/syslog/ledger/flight-record.ts', import.meta.url).href)})
    let nextSeq = 40
    const record = new FlightRecord(() => nextSeq)
    const one = record.open()
    const other = record.open()
    ${steps}
    process.stdout.write(String(record.id), () => process.kill(process.pid, 'SIGKILL'))`
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  expect(signal).toBe('SIGKILL')
  return Number(stdout)
}

test.each([
  ['between batches', 'one.reading(128); one.took(7); nextSeq += 7; one.landed()', 0, []],
  ['in a batch', 'one.reading(128); one.took(7)', 0, [{ datagrams: 7, nextSeq: 40 }]],
  ['in the call that reads', 'other.reading(128)', 0, [{ datagrams: 128, nextSeq: 40 }]],
  ['with connections open', 'record.connected(3); record.connected(2)', 2, []],
  [
    'in the batch of one of two sockets',
    'one.reading(128); one.took(9); nextSeq += 9; one.landed(); other.reading(128); other.took(5)',
    0,
    [{ datagrams: 5, nextSeq: 49 }],
  ],
])(
  'a process killed %s leaves what it had in hand to its successor, once',
  (_title, steps, connections, unfinished) => {
    const id = killedWhile(steps)
    expect(readRemains(id)).toEqual({ connections, unfinished })
    expect(readRemains(id)).toBeNull()
  },
)

test('memory that is not ours, or is smaller, is none', () => {
  const record = new FlightRecord(() => 1)
  const id = record.id ?? -1
  expect(findLastingMemory(id, 1 << 20)).toBeNull()
  expect(findLastingMemory(id + 4321, 1)).toBeNull()
  record.close()
})
