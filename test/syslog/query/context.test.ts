import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sealAll, storedLine, writeSegment } from '../archive/sealed-store.ts'
import { runLogs } from './run-logs.ts'

const COUNT = 240
/** Where hits lie: at both ends, at the borders of segments, close together, far apart. */
const HITS = [1, 2, 5, 40, 41, 79, 80, 81, 100, 160, 161, 200, 239, 240]

let stateDir = ''
beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'lanward-context-'))
  const folder = join(stateDir, 'segments')
  for (let from = 1; from <= COUNT; from += 40)
    writeSegment(
      folder,
      from,
      Array.from({ length: 40 }, (_, index) => {
        const seq = from + index
        return storedLine(seq, { host: `h${seq % 2}`, msg: HITS.includes(seq) ? `needle ${seq}` : `hay ${seq}` })
      }),
    )
  await sealAll(folder)
})
afterAll(() => rmSync(stateDir, { recursive: true }))

/** As grep -C does it: the numbers of the lines, null where something is left out. */
function asGrep(scope: readonly number[], around: number, last = Number.POSITIVE_INFINITY): (number | null)[] {
  const hits = scope.flatMap((seq, place) => (HITS.includes(seq) ? [place] : [])).slice(-last)
  const shown = scope.filter((_, place) => hits.some((hit) => Math.abs(hit - place) <= around))
  return shown.flatMap((seq, index) => {
    const before = shown[index - 1]
    return before === undefined || scope.indexOf(seq) === scope.indexOf(before) + 1 ? [seq] : [null, seq]
  })
}

async function shown(...argv: string[]): Promise<(number | null)[]> {
  const { stdout } = await runLogs(stateDir, '--fixed', 'needle', ...argv)
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => (line === '--' ? null : Number(line.split(' ').at(-1))))
}

const all = Array.from({ length: COUNT }, (_, index) => index + 1)

describe.each([1, 2, 3, 10, 25, 300])('%d messages around each hit', (around) => {
  test('are those that grep -C shows', async () => {
    expect(await shown('-C', String(around))).toEqual(asGrep(all, around))
  })

  test('are of the same host when only one is asked for', async () => {
    const scope = all.filter((seq) => seq % 2 === 0)
    expect(await shown('-C', String(around), '--host', 'h0')).toEqual(asGrep(scope, around))
  })

  test.each([1, 3, 5])('with the last %d hits alone', async (last) => {
    const want = asGrep(all, around, last)
    expect(await shown('-C', String(around), '-n', String(last))).toEqual(want)
  })
})
