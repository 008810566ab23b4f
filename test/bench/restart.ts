/** `npm run bench:restart`: kill -9 each daemon many times; how long until the next ready, by the supervisor's own ledger. */
import { ALL_FOUR, startBox } from '../support/box.ts'
import { median, printTable } from './figures.ts'

const ROUNDS = 15
const rows: (string | number)[][] = []
{
  await using box = await startBox({
    config: ALL_FOUR,
    supervisor: 'restart = { limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }',
  })
  for (const name of ['syslog', 'ntp', 'dhcp', 'http']) {
    const gaps: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const { pid, restarts } = await box.service(name)
      if (pid === null) throw new Error(`${name} is not running`)
      process.kill(pid, 'SIGKILL')
      const after = await box.until(
        name,
        'the next life',
        (report) => report.restarts > restarts && report.state === 'ready' && report.last_exit?.gap_ms != null,
      )
      gaps.push(after.last_exit?.gap_ms ?? Number.NaN)
    }
    rows.push([name, ROUNDS, Math.min(...gaps).toFixed(0), median(gaps).toFixed(0), Math.max(...gaps).toFixed(0)])
  }
}
printTable(['daemon', 'kills', 'shortest gap, ms', 'median', 'longest'], rows)
