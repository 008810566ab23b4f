/**
 * `npm run bench:memory`: time to ready, memory and CPU at rest of the whole demo with its spare, and the time to stop it.
 */
import { ALL_FOUR, descendants, startBox } from '../support/box.ts'
import { waitFor } from '../support/wait-for.ts'
import { cpuSeconds, memory, printTable } from './figures.ts'

const REST_S = 20
const MIB = 1024 * 1024

const beganMs = performance.now()
const box = await startBox({ config: ALL_FOUR })
const readyMs = performance.now() - beganMs
const { services, supervisor } = await waitFor('the spare', async () => {
  const report = await box.status()
  return report.supervisor.spare.state === 'ready' ? report : undefined
})
const names = new Map([...services.map(({ name, pid }) => [pid, name] as const), [supervisor.spare.pid, 'spare']])
const pids = [box.supervisor.pid ?? 0, ...descendants(box.supervisor.pid ?? 0)]
const before = new Map(pids.map((pid) => [pid, cpuSeconds(pid)]))
await new Promise((resolve) => setTimeout(resolve, REST_S * 1000))
const rows = pids.map((pid) => {
  const { pss, rss, own } = memory(pid)
  const cpu = ((cpuSeconds(pid) - (before.get(pid) ?? 0)) / REST_S) * 100
  return { name: names.get(pid) ?? 'supervisor', pss, rss, own, cpu }
})
const stopMs = performance.now()
await box.stop('SIGINT')
const stoppedMs = performance.now() - stopMs
const sum = (key: 'pss' | 'own' | 'cpu'): number => rows.reduce((total, row) => total + row[key], 0)
printTable(
  ['process', 'PSS, MiB', 'private, MiB', 'RSS, MiB', `CPU at rest over ${REST_S} s, % of a core`],
  [
    ...rows.map(({ name, pss, own, rss, cpu }) => [
      name,
      (pss / MIB).toFixed(1),
      (own / MIB).toFixed(1),
      (rss / MIB).toFixed(1),
      cpu.toFixed(2),
    ]),
    ['all', (sum('pss') / MIB).toFixed(1), (sum('own') / MIB).toFixed(1), '', sum('cpu').toFixed(2)],
  ],
)
process.stdout.write(
  `\nall ready and probed after ${readyMs.toFixed(0)} ms; stopped ${stoppedMs.toFixed(0)} ms after SIGINT\n`,
)
await box[Symbol.asyncDispose]()
