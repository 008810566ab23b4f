import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineSplitter, RecentLines } from '../../supervisor/child/child-lines.ts'

const split = (...chunks: readonly string[]): readonly string[] => {
  const splitter = new LineSplitter()
  return [...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk))), ...splitter.end()]
}

describe('LineSplitter', () => {
  test.each([
    ['whole lines', ['a\nb\n'], ['a', 'b']],
    ['a line in pieces', ['a', 'b', 'c\nd'], ['abc', 'd']],
    ['carriage returns and empty lines', ['a\r\n\n\r\nb\n'], ['a', 'b']],
    ['nothing', [''], []],
    ['the rest of a line after whole ones', ['a\nb\nc', 'd\n'], ['a', 'b', 'cd']],
    ['characters cut in two', ['ü\nä'.slice(0, 1), '\nö\n\r\n', 'x'], ['ü', 'ö', 'x']],
  ])('%s', (_title, chunks, want) => {
    expect(split(...chunks)).toEqual(want)
  })

  test('cuts a line that is too long and finds the next one', () => {
    const [long, next] = split('x'.repeat(40_000), 'y'.repeat(40_000), 'z'.repeat(100_000), '\nnext\n')
    expect(long).toBe(`${'x'.repeat(40_000)}${'y'.repeat(25_536)} …`)
    expect(next).toBe('next')
  })

  test('counts all lines, empty ones too', () => {
    const splitter = new LineSplitter()
    splitter.push(Buffer.from('a\n\n\nb'))
    splitter.push(Buffer.from('c\n\n'))
    expect(splitter.ended).toBe(5)
  })

  test('any cut of a stream gives the same lines', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200), { maxLength: 5 }), (bytes, cuts) => {
        const whole = new LineSplitter()
        const want = [...whole.push(Buffer.from(bytes)), ...whole.end()]
        const places = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).sort((left, right) => left - right),
          bytes.length,
        ]
        const pieces = new LineSplitter()
        const got = places
          .slice(1)
          .flatMap((end, index) => pieces.push(Buffer.from(bytes.subarray(places[index], end))))
        expect([...got, ...pieces.end()]).toEqual(want)
      }),
    )
  })
})

test('RecentLines keeps the newest fifty', () => {
  const recent = new RecentLines()
  for (let count = 0; count < 60; count++) recent.add(`line ${count}`)
  expect(recent.all()).toHaveLength(50)
  expect(recent.all()[0]).toBe('line 10')
  recent.add('x'.repeat(5_000))
  expect(recent.all().at(-1)?.length).toBeLessThan(2_010)
})
