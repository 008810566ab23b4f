import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StreamFraming } from '../../../daemons/syslog/streams/stream-framing.ts'
import { framesOf, type NotedFrame } from '../../corpus/compare-framing.ts'

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1')

describe('StreamFraming cuts', () => {
  test.each<[string, string, number, NotedFrame[]]>([
    [
      'lines',
      'a\nb\n',
      99,
      [
        ['a', 'whole'],
        ['b', 'whole'],
      ],
    ],
    [
      'lines with CR LF',
      'a\r\nb\r\n',
      99,
      [
        ['a', 'whole'],
        ['b', 'whole'],
      ],
    ],
    [
      'lines ended by NUL',
      'a\0b\0',
      99,
      [
        ['a', 'whole'],
        ['b', 'whole'],
      ],
    ],
    [
      'a last line without an end',
      'a\nb',
      99,
      [
        ['a', 'whole'],
        ['b', 'whole'],
      ],
    ],
    [
      'counted frames back to back',
      '3 a b2 cd',
      99,
      [
        ['a b', 'whole'],
        ['cd', 'whole'],
      ],
    ],
    ['line ends inside a counted frame', '3 a\nb', 99, [['a\nb', 'whole']]],
    [
      'both framings on one connection',
      'a\n3 bcd<1>e\n2 fg',
      99,
      [
        ['a', 'whole'],
        ['bcd', 'whole'],
        ['<1>e', 'whole'],
        ['fg', 'whole'],
      ],
    ],
    [
      'a counted frame beyond the limit, and stays in step',
      '6 abcdef1 g',
      4,
      [
        ['abcd', 'truncated'],
        ['g', 'whole'],
      ],
    ],
    [
      'a line beyond the limit into pieces',
      'abcdefg\nh',
      3,
      [
        ['abc', 'split'],
        ['def', 'rest'],
        ['g', 'rest'],
        ['h', 'whole'],
      ],
    ],
    ['a counted frame that never ends', '9 abc', 99, [['abc', 'incomplete']]],
    ['digits without a space as a line', '12foo\n', 99, [['12foo', 'whole']]],
    ['a count of eight digits as a line', '12345678 a\n', 99, [['12345678 a', 'whole']]],
    [
      'a version and a date as a line',
      '1 2020-05-22T14:59:09Z h a - - - m\n',
      99,
      [['1 2020-05-22T14:59:09Z h a - - - m', 'whole']],
    ],
    ['two thousand digits as a line', `${'9'.repeat(2000)}\n`, 5000, [['9'.repeat(2000), 'whole']]],
    ['a count of nothing as a line', '0 a\n', 99, [['0 a', 'whole']]],
    ['a count beyond all memory as a line', '4294967296 a\n', 99, [['4294967296 a', 'whole']]],
    ['a negative count as a line', '-1 a\n', 99, [['-1 a', 'whole']]],
    [
      'lines of digits alone',
      '1\n22\n',
      99,
      [
        ['1', 'whole'],
        ['22', 'whole'],
      ],
    ],
    ['a count and then silence', '5 ', 99, [['', 'incomplete']]],
    ['nothing between blank lines', '\n\n\r\n\0', 99, []],
    [
      'a space before < away',
      '<1>a\n <1>b\n',
      99,
      [
        ['<1>a', 'whole'],
        ['<1>b', 'whole'],
      ],
    ],
    [
      'a line of exactly the limit and CR LF',
      'abc\r\nd\n',
      3,
      [
        ['abc', 'whole'],
        ['d', 'whole'],
      ],
    ],
  ])('%s', (_, stream, maxBytes, want) => {
    expect(framesOf([latin1(stream)], maxBytes)).toEqual(want)
    expect(
      framesOf(
        [...latin1(stream)].map((byte) => Uint8Array.of(byte)),
        maxBytes,
      ),
    ).toEqual(want)
  })
})

test('StreamFraming gives the same messages wherever the stream is divided', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<1>abc\n',
      '5 hello',
      '12 a\nb\nc\nd\ne\nf\n',
      '\r\n',
      '\0',
      '1 2020-01-01T',
      '3 ',
      '77 ',
      '9999999 ',
      ' <',
    ),
    fc.string({ unit: fc.constantFrom('a', '1', ' ', '\n', '\r', '\0', '<', '-'), maxLength: 12 }),
  )
  const stream = fc.array(piece, { maxLength: 12 }).map((parts) => latin1(parts.join('')))
  fc.assert(
    fc.property(
      stream,
      fc.array(fc.nat(200), { maxLength: 8 }),
      fc.integer({ min: 1, max: 20 }),
      (bytes, cuts, maxBytes) => {
        const edges = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
        const chunks = edges.map((edge, index) => bytes.slice(edges[index - 1] ?? 0, edge))
        expect(framesOf(chunks, maxBytes)).toEqual(framesOf([bytes], maxBytes))
      },
    ),
    { numRuns: 2000 },
  )
})

test('StreamFraming holds back no more than one message of the longest length', () => {
  const framing = new StreamFraming(1000)
  for (let round = 0; round < 200; round++) framing.push(Buffer.alloc(777, 'A'), () => undefined)
  let longest = 0
  framing.end((_, start, end) => {
    longest = Math.max(longest, end - start)
  })
  expect(longest).toBeGreaterThan(0)
  expect(longest).toBeLessThanOrEqual(1000)
})
