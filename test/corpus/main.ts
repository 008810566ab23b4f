import { compareFile } from './compare-file.ts'
import { readCases, sharedCasesPath } from './shared-cases.ts'

/**
 * `npm run corpus [-- FILE…]`: how far our reading of messages, streams and times agrees with that of reference receivers, and
 * each case in which it does not. Without files those beside the checkout. Exit code 1 when cases differ, 64 without files.
 */
const named = process.argv.slice(2)
const files = named.length > 0 ? named : ['syslog.jsonl', 'syslog_framing_and_time.jsonl'].map(sharedCasesPath)
for (const file of files) {
  const cases = readCases(file)
  if (cases === null) {
    process.stderr.write(`there is no file ${file}; usage: npm run corpus -- FILE…\n`)
    process.exitCode = 64
    continue
  }
  for (const [what, { total, differences }] of compareFile(cases)) {
    const agree = total - differences.length
    const share = ((100 * agree) / total).toFixed(1)
    process.stdout.write(`${file}: ${what}: ${agree} of ${total} agree, ${share} %\n`)
    for (const { id, text } of differences) process.stdout.write(`  ${id} ${text}\n`)
    if (differences.length > 0) process.exitCode ??= 1
  }
}
