import { describe, expect, test } from 'vitest'
import { ConnectionTable, senderOf } from '../../../daemons/syslog/streams/connection-table.ts'

interface One {
  readonly name: string
  readonly sender: string
  heldBytes: number
}

/** Connections `sender:heldBytes`, in the order opened. */
function tableOf(...words: string[]): { table: ConnectionTable<One>; all: One[] } {
  const table = new ConnectionTable<One>()
  const all = words.map((word, index) => {
    const [sender = '', heldBytes] = word.split(':')
    return { name: `${sender}${index}`, sender, heldBytes: Number(heldBytes ?? 0) }
  })
  for (const one of all) table.touch(one)
  return { table, all }
}

describe('mostNumerous', () => {
  test.each([
    ['the only one', ['a'], 'a0'],
    ['of the sender with most, its longest idle', ['b', 'a', 'b', 'a', 'a'], 'a1'],
    ['the longest idle of all when each has one', ['a', 'b', 'c'], 'a0'],
  ])('is %s', (_title, words, want) => {
    expect(tableOf(...words).table.mostNumerous()?.name).toBe(want)
  })

  test('knows who has sent something meanwhile', () => {
    const { table, all } = tableOf('a', 'a', 'b')
    if (all[0] !== undefined) table.touch(all[0])
    expect(table.mostNumerous()?.name).toBe('a1')
    expect(table.size).toBe(3)
  })
})

describe('memory', () => {
  test('heaviest is of the sender that holds most together, not of the one with the heaviest connection', () => {
    const { table } = tableOf('a:50', 'b:30', 'b:31')
    expect(table.heaviest()?.name).toBe('b2')
    expect(tableOf('a:0', 'b:0').table.heaviest()).toBeNull()
  })

  test('is summed as it was last weighed', () => {
    const { table, all } = tableOf('a:10', 'b:5')
    const [first, second] = all
    if (first === undefined || second === undefined) throw new Error('two were opened')
    first.heldBytes = 4
    expect(table.heldBytes).toBe(15)
    table.weigh(first)
    expect(table.heldBytes).toBe(9)
    table.remove(second)
    table.weigh(second)
    expect(table.heldBytes).toBe(4)
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1::1', senderOf('2001:db8:0:1:ffff::9')],
])('connections from %s count against %s', (address, want) => {
  expect(senderOf(address)).toBe(want)
})

test('two networks of IPv6 are two senders', () => {
  expect(senderOf('2001:db8:0:1::1')).not.toBe(senderOf('2001:db8:0:2::1'))
})
