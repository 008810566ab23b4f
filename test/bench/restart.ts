/**
 * `npm run bench:restart`: kill -9 each daemon many times; how long until a client's request, sent after the death, is
 * answered: with the warm spare, and without it (a new process each time, after the first backoff of 50 ms). Then the same
 * small Node program under other supervisors, as far as they are here: s6, runit, supervisord (Debian), PM2 (npm).
 *
 * Argument: rounds (default 15).
 */
import { join } from 'node:path'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { waitFor } from '../support/wait-for.ts'
import { printTable } from './figures.ts'
import { askDhcp, askHttp, askNtp, storeLine } from './first-answer.ts'
import { gapRow, killRounds, type Victim } from './kill-rounds.ts'
import { comparePeers } from './restart-peers.ts'

const ROUNDS = Number(process.argv[2] ?? 15)
/** Restarts as after a long good run, however often we kill. */
const RESTART = 'restart = { limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }'

/** Our four daemons in a box. */
async function daemonsOf(box: Box, spare: boolean): Promise<readonly Victim[]> {
  const ports = {
    syslog: await box.port('syslog', 'udp'),
    ntp: await box.port('ntp', 'udp'),
    dhcp: await box.port('dhcp', 'udp'),
    http: await box.port('http', 'tcp'),
  }
  const asks: Readonly<Record<keyof typeof ports, () => Promise<void>>> = {
    syslog: () => storeLine(ports.syslog, join(box.folder, 'state/syslog/segments')),
    ntp: () => askNtp(ports.ntp),
    dhcp: () => askDhcp(ports.dhcp),
    http: () => askHttp(ports.http, '/health'),
  }
  return Object.entries(asks).map(([name, ask]) => ({
    title: `${name}, ${spare ? 'with the spare' : 'cold'}`,
    ask,
    settle: async () => {
      const { pid } = await waitFor(`${name} and the spare`, async () => {
        const { supervisor, services } = await box.status()
        const [victim] = services.filter((service) => service.name === name && service.health === 'ok')
        return supervisor.spare.state === (spare ? 'ready' : 'off') ? victim : undefined
      })
      if (pid === null) throw new Error(`${name} does not run`)
      return pid
    },
  }))
}

const rows: (readonly (string | number)[])[] = []
for (const spare of [true, false]) {
  await using box = await startBox({ config: ALL_FOUR, supervisor: `spare = ${spare}\n${RESTART}` })
  for (const victim of await daemonsOf(box, spare)) rows.push(gapRow(victim.title, await killRounds(victim, ROUNDS)))
}
printTable(['daemon', 'kills', 'shortest, ms', 'median', 'longest'], rows)
const { rows: peers, skipped } = await comparePeers(ROUNDS)
process.stdout.write('\n')
printTable(['the same Node program under', 'kills', 'shortest, ms', 'median', 'longest', 'of ours'], peers)
for (const title of skipped) process.stdout.write(`\nskipped, cannot be had here: ${title}\n`)
