import { describe, expect, test } from 'vitest'
import { LiveWindow } from '../../../daemons/syslog/forward/live-window.ts'
import { passingTo } from '../../../daemons/syslog/forward/passing.ts'
import type { StoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'
import { forwardSection } from './forwarding.ts'
import { storedRecord } from './record.ts'

const SENDER = { box: 'own', host: 'box' }

function openAt(seq: number, target: string | null = null) {
  const section = forwardSection(514, { filter: { severity: 5, facilities: [], hosts: [], apps: [] } })
  const window = new LiveWindow('newline', passingTo(section, SENDER))
  window.open(seq, target)
  return {
    window,
    add: (...records: Partial<StoredRecord>[]): void => {
      for (const record of records) window.add(storedRecord({ msg: `#${record.seq}`, ...record }))
    },
    take: (from: number): string | null => {
      const taking = window.take(from)
      if (taking === null) return null
      const numbers = [...taking.framed.toString().matchAll(/#(\d+)\n/g)].map((match) => match[1])
      return `${numbers.join(' ')} (${taking.count}, ${taking.loops} loops) through ${taking.through}`
    },
  }
}

describe('a live window', () => {
  test('gives out what was stored, in order, and goes on behind it', () => {
    const { window, add, take } = openAt(5)
    expect(take(5)).toBeNull()
    add({ seq: 5 }, { seq: 6 })
    expect(take(5)).toBeNull()
    window.stored()
    add({ seq: 7 })
    window.stored()
    expect(take(5)).toBe('5 6 7 (3, 0 loops) through 7')
    add({ seq: 8 })
    window.stored()
    expect(take(8)).toBe('8 (1, 0 loops) through 8')
    expect(take(9)).toBeNull()
    expect(window.isOpen).toBe(true)
  })

  test('leaves out what the filter does not want and what would go round in a circle, and is past it', () => {
    const { window, add, take } = openAt(1, '192.0.2.9')
    add({ seq: 1, severity: 6 }, { seq: 2, src: '192.0.2.9:514' }, { seq: 3, sd: { 'lanward@32473': { hop: 'own' } } })
    window.stored()
    expect(take(1)).toBe(' (0, 2 loops) through 3')
  })

  test('forgets what the store refused, whose numbers come again', () => {
    const { window, add, take } = openAt(1)
    add({ seq: 1 })
    window.stored()
    add({ seq: 2, msg: '#22' }, { seq: 3 })
    window.refused()
    add({ seq: 2 })
    window.stored()
    expect(take(1)).toBe('1 2 (2, 0 loops) through 2')
  })

  test.each<[string, (box: ReturnType<typeof openAt>) => void]>([
    ['messages of which it missed one', ({ add }) => add({ seq: 2 })],
    [
      'more than it may hold',
      ({ add, window }) => {
        add({ seq: 1, msg: 'x'.repeat(2 << 20) })
        window.stored()
      },
    ],
    ['a target that is elsewhere', ({ take }) => void take(3)],
  ])('closes at %s: the store has it all', (_what, happens) => {
    const box = openAt(1)
    happens(box)
    expect(box.window.isOpen).toBe(false)
    expect(box.take(1)).toBeNull()
    box.window.open(4, null)
    box.add({ seq: 4 })
    box.window.stored()
    expect(box.take(4)).toBe('4 (1, 0 loops) through 4')
  })
})
