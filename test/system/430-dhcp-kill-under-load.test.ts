import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { RecordedClients } from '../support/recorded-clients.ts'
import { waitFor } from '../support/wait-for.ts'

const KILLS = 100
/** Leases that each life confirms before it is killed. */
const EACH_LIFE = 20
/** New clients in a millisecond, and how many may wait at one time. */
const PER_MS = 0.5
const OUTSTANDING = 200
const CONFIG = `
[dhcp]
listen = ["udp://127.0.0.1:0"]
relay_port = "source"
[[dhcp.subnet]]
subnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.250.255"]
lease_time = "1h"
`
/** Restarts at once however often it happens: here the kills are ours. */
const SUPERVISOR =
  'restart = { backoff = { first = "1ms" }, limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }'

test('dhcp killed 100 times under load loses no confirmed lease and gives no address to two clients', async () => {
  await using box = await startBox({ config: CONFIG, supervisor: SUPERVISOR })
  using relay = openOnLoopback('udp://127.0.0.1:0', 4 << 20)
  const server = { address: '127.0.0.1', port: await box.port('dhcp', 'udp') }
  using clients = new RecordedClients(relay.fd, server, '10.77.0.1')
  const beganMs = performance.now()
  let joined = 0
  const load = (): void => {
    const due = (performance.now() - beganMs) * PER_MS
    for (; joined < due; joined++) if (clients.kept.waiting < OUTSTANDING) clients.join()
    clients.kept.repeat()
  }
  const lives = new Set<number>()
  for (let kill = 0; kill < KILLS; kill++) {
    const confirmed = clients.kept.owners.size
    const pid = await waitFor('a life that confirms leases', async () => {
      load()
      if (clients.kept.owners.size < confirmed + EACH_LIFE) return undefined
      const { pid } = await box.service('dhcp')
      return pid === null || lives.has(pid) ? undefined : pid
    })
    lives.add(pid)
    process.kill(pid, 'SIGKILL')
  }
  await waitFor('the last answers', () => {
    clients.kept.repeat()
    return clients.kept.waiting === 0 ? true : undefined
  })
  await box.stop()
  expect(clients.kept.wrongs).toEqual([])
  expect(clients.kept.renewed).toBeGreaterThan(KILLS)
  using database = new DatabaseSync(join(box.folder, 'state/dhcp/leases.sqlite'))
  const stored = database.prepare("SELECT address, mac FROM lease WHERE state = 'bound'").all()
  const byAddress = new Map(stored.map(({ address, mac }) => [address, mac]))
  const lost = [...clients.kept.owners].filter(([address, mac]) => byAddress.get(address) !== mac)
  expect(lost).toEqual([])
}, 300_000)
