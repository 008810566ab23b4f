import { describe, expect, test } from 'vitest'
import { lastErrorIn } from '../../supervisor/record/last-error.ts'

const line = (level: number, msg: string, more = {}): string => JSON.stringify({ level, name: 'ntp', ...more, msg })
const fatal = (message: string): string => line(60, 'exit 78', { err: { type: 'StartRefused', message, stack: '…' } })

describe('lastErrorIn tells', () => {
  test.each<[string, readonly string[], string | null]>([
    ['the words of an error', [line(30, 'opens'), fatal('the right is missing')], 'the right is missing'],
    ['the message of a line without one', [line(50, 'cannot open the store')], 'cannot open the store'],
    ['the newest of several, not what is said after it', [fatal('old'), fatal('new'), line(40, 'ends')], 'new'],
    ['nothing of what is no error', [line(40, 'slow'), 'plain text', '{"level":60', '[60]', 'null'], null],
    ['one line of what has many', [fatal('one\n  two\n')], 'one two'],
    ['no more than a report holds', [fatal('x'.repeat(500))], `${'x'.repeat(299)}…`],
    ['nothing without lines', [], null],
  ])('%s', (_, lines, want) => {
    expect(lastErrorIn(lines)).toBe(want)
  })
})
