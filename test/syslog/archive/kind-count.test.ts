import { expect, test } from 'vitest'
import { KindCount } from '../../../daemons/syslog/archive/kind-count.ts'

function listed(names: readonly string[]): number | null {
  const count = new KindCount()
  for (const name of [...names, ...names]) count.add(name)
  const record = count.toRecord()
  return record === null ? null : Buffer.byteLength(JSON.stringify(record))
}

const names = (many: number, length: number): string[] =>
  Array.from({ length: many }, (_, index) => `${index}`.padStart(length, 'é'))

test.each([
  ['a site of 300 devices', names(300, 20), true],
  ['one name of any length that fits', names(1, 8000), true],
  ['1,000 long names', names(1000, 255), false],
  ['more than 1,000 short ones', names(1001, 4), false],
  ['characters that grow when they are written', ['\0'.repeat(4000)], false],
])('KindCount.toRecord lists what fits into 16 KiB: %s', (_title, given, fits) => {
  const bytes = listed(given)
  expect(bytes !== null).toBe(fits)
  expect(bytes ?? 0).toBeLessThanOrEqual(16 << 10)
})
