import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import type { Account } from '../../daemons/syslog/ledger/account.ts'
import { type Box, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { countStored } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = '[syslog]\nlisten = ["udp://127.0.0.1:0"]\n'
const SUPERVISOR = 'restart = { limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }'
const KILLS = 3
const SLOTS = 128

function accountOf(box: Box): Account {
  const { status, stdout, stderr } = box.lanward('logs', 'losses', '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout) as Account
}

/** Sends bursts that no receive buffer holds; gives how many datagrams. */
function flood(sender: { readonly fd: number }, port: number, count: number): number {
  for (let number = 0; number < count; number++)
    sendDatagram(sender.fd, Buffer.from(`<13>1 - host load - - - ${number} ${'x'.repeat(400)}`), {
      address: '127.0.0.1',
      port,
    })
  return count
}

describe('the loss ledger of a whole box', () => {
  test('accounts for each datagram of a flood with kill -9 in the middle, also when all is stopped', async () => {
    let sent = 0
    await using box = await startBox({ config: CONFIG, supervisor: SUPERVISOR })
    using sender = openOnLoopback('udp://127.0.0.1:0')
    const port = await box.port('syslog', 'udp')
    // Under load the daemon may keep up with this process: while it is stopped, more comes than any receive buffer holds.
    const { pid: first } = await box.service('syslog')
    process.kill(first ?? 0, 'SIGSTOP')
    sent += flood(sender, port, 12_000)
    process.kill(first ?? 0, 'SIGCONT')
    for (let kill = 0; kill < KILLS; kill++) {
      sent += flood(sender, port, 12_000)
      const { pid, restarts } = await box.service('syslog')
      process.kill(pid ?? 0, 'SIGKILL')
      sent += flood(sender, port, 8_000)
      await box.until('syslog', 'a new life', (now) => now.restarts > restarts && now.state === 'ready')
    }
    await box.until('syslog', 'all of it', ({ sockets }) => sockets.every(({ queued_bytes }) => queued_bytes === 0))
    const settled = (account: Account): boolean =>
      account.reached >= sent && account.stored === countStored(box, '"app":"load"')
    const kept = await waitFor('the account of all that was sent', () => {
      const account = accountOf(box)
      return settled(account) ? account : undefined
    })
    // A process that dies within the call that reads cannot tell how many it was given: then a whole batch is told.
    expect(kept.reached - sent).toBeLessThanOrEqual(KILLS * SLOTS)
    expect(kept.reached).toBe(kept.stored + kept.lost)
    expect(kept.losses.filter(({ reason }) => reason === 'kernel').length).toBeGreaterThan(0)
    const { counters, account, status } = await box.service('syslog')
    expect(counters['stored']).toBeLessThan(kept.stored)
    expect(account).toMatchObject({ reached: kept.reached, stored: kept.stored, lost: kept.lost })
    await box.stop()
    expect(accountOf(box)).toMatchObject({ reached: kept.reached, stored: kept.stored, lost: kept.lost })
    expect(status).toMatch(
      /; \d+\.\d{3} % of what reached this box; (?:last of \d+ losses|lost): \d+ \(\w+\) \S+Z to \S+Z$/,
    )
  })

  test('says 100 % while nothing is lost, through a death of the daemon', async () => {
    await using box = await startBox({ config: CONFIG, supervisor: SUPERVISOR })
    using sender = openOnLoopback('udp://127.0.0.1:0')
    const port = await box.port('syslog', 'udp')
    flood(sender, port, 100)
    await box.until('syslog', 'all of it', ({ counters }) => counters['stored'] === 100)
    const { pid, restarts } = await box.service('syslog')
    process.kill(pid ?? 0, 'SIGKILL')
    await box.until('syslog', 'a new life', (now) => now.restarts > restarts && now.state === 'ready')
    flood(sender, port, 100)
    const well = await box.until('syslog', 'an account of both', ({ account }) => account?.['stored'] === 200)
    expect(well.status).toContain('; 100 % of what reached this box')
    expect(well.account).toMatchObject({ reached: 200, stored: 200, lost: 0, losses: [] })
    const { stdout } = box.lanward('logs', 'losses')
    expect(stdout).toMatch(
      /^100 % of what reached this box from \S+ to \S+ is stored: 200 reached it, 200 stored, 0 lost\n$/,
    )
    expect(box.lanward('logs', 'losses', '--since', 'never').status).toBe(64)
  })

  test('outlives a killed supervisor, and tells that nobody listened meanwhile', async () => {
    await using box = await startBox({ config: CONFIG })
    using sender = openOnLoopback('udp://127.0.0.1:0')
    flood(sender, await box.port('syslog', 'udp'), 50)
    await box.until('syslog', 'all of it', ({ counters }) => counters['stored'] === 50)
    const { pid: before } = await box.service('syslog')
    const gone = once(box.supervisor, 'exit')
    box.supervisor.kill('SIGKILL')
    await gone
    const launcher = join(import.meta.dirname, '../../supervisor/lanward.js')
    const next = spawn(process.execPath, [launcher, 'up', '--config', box.config], { stdio: 'ignore' })
    const ended = once(next, 'exit')
    try {
      await waitFor('syslog under the next supervisor', async () => {
        const syslog = await box.service('syslog').catch(() => null)
        return syslog?.state === 'ready' && syslog.pid !== before ? syslog : undefined
      })
      flood(sender, await box.port('syslog', 'udp'), 7)
      const account = await waitFor('an account of both', () => {
        const told = accountOf(box)
        return told.stored === 57 ? told : undefined
      })
      expect(account).toMatchObject({ reached: 57, lost: 0 })
      expect(account.losses.map(({ reason, count }) => [reason, count])).toEqual([['not_listening', null]])
    } finally {
      next.kill('SIGTERM')
      await ended
    }
  })
})
