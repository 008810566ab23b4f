import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compareFile } from './compare-file.ts'
import { readCases, sharedCasesPath } from './shared-cases.ts'

const DOCUMENTED = readFileSync(new URL('../../docs/log-format.md', import.meta.url), 'utf8')
/** Least agreement in per cent by what is compared. */
const LEAST: ReadonlyMap<string, number> = new Map([
  ['messages', 97],
  ['framing', 100],
  ['times', 100],
])

for (const name of ['syslog.jsonl', 'syslog_framing_and_time.jsonl']) {
  const cases = readCases(sharedCasesPath(name))
  if (cases === null) continue
  test.each([...compareFile(cases)])(
    `our reading of the %s of ${name} is that of the reference receivers`,
    (what, found) => {
      const { total, differences } = found
      expect(total).toBeGreaterThan(20)
      expect((100 * (total - differences.length)) / total).toBeGreaterThanOrEqual(LEAST.get(what) ?? 100)
      // A difference that stands is one that we can justify.
      for (const { id, text } of differences) expect(DOCUMENTED, text).toMatch(new RegExp(`\\| ${id} \\|`))
    },
  )
}
