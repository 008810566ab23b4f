import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { NotifySocket } from '../../daemons/linux/notify-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { ALL_FOUR, type Box, descendants, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { isGone } from '../support/process-state.ts'
import { storedNumbers } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

const TIMES = 5
const CHILDREN = join(import.meta.dirname, '../children')
const COUNTER = join(CHILDREN, 'counts-lines.ts')
const QUICK = 'restart = { backoff = { first = "10ms", factor = 2, max = "1s", jitter = 0 } }'

/** Other programs, each with an end of its own when it gets SIGUSR1. */
const FOREIGN = `
[[service]]
name = "seven"
command = ["/bin/sh", "-c", "trap 'exit 7' USR1; sleep 1000 & wait"]
[[service]]
name = "final"
command = ["/bin/sh", "-c", "exit 78"]
`

function controlOf(box: Box): string {
  return join(box.folder, 'run/control.sock')
}

/** Has the supervisor replaced, without holding up this process, and waits until the next program answers. */
async function reexec(box: Box): Promise<void> {
  const { execs } = (await box.status()).supervisor
  await expect(askSupervisor(controlOf(box), 'reexec', {}, null)).rejects.toMatchObject({ kind: 'closed' })
  expect((await box.status()).supervisor).toMatchObject({ execs: execs + 1, pid: box.supervisor.pid })
}

/** Waits until our own daemons serve; the programs of others may end as they like. */
async function daemonsReady(box: Box): Promise<void> {
  for (const name of ['syslog', 'ntp', 'dhcp', 'http']) await box.until(name, 'ready', ({ state }) => state === 'ready')
}

/** What must not change when the supervisor is replaced. */
async function lives(box: Box): Promise<unknown> {
  const { services } = await box.status()
  return services.map(({ name, state, pid, restarts, last_exit, listen }) => ({
    name,
    state,
    pid,
    restarts,
    last_exit,
    listen,
  }))
}

/** Calls `work` each turn of the loop until it says that it is done. */
function everyTurn(work: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      try {
        if (work()) resolve()
        else setImmediate(turn)
      } catch (error) {
        reject(error)
      }
    }
    turn()
  })
}

describe('a supervisor that is replaced under load', () => {
  test('loses no request, no message and no line, and no daemon notices', async () => {
    const counter = `[[service]]\nname = "counter"\ncommand = ["${process.execPath}", "${COUNTER}", "1000"]\nafter = ["syslog"]\n`
    await using box = await startBox({ config: ALL_FOUR + counter })
    const before = await lives(box)
    using client = openOnLoopback('udp://127.0.0.1:0', 4 << 20)
    using sender = openOnLoopback('udp://127.0.0.1:0')
    const ntp = { address: '127.0.0.1', port: await box.port('ntp', 'udp') }
    const syslog = { address: '127.0.0.1', port: await box.port('syslog', 'udp') }
    const http = await box.port('http', 'tcp')
    const answers = new DatagramBatch({ slots: 64, slotBytes: 128 })
    const answered = new Set<number>()
    const watch = watchReadable(client.fd, () => {
      for (let count = answers.receive(client.fd); count > 0; count = answers.receive(client.fd)) {
        for (let slot = 0; slot < count; slot++) answered.add(answers.bytes.readUInt32BE(slot * answers.slotBytes + 28))
      }
    })
    const request = Buffer.alloc(48)
    request[0] = 0x23
    let asked = 0
    let sent = 0
    let ending = false
    const beganMs = performance.now()
    const sending = everyTurn(() => {
      const due = (performance.now() - beganMs) * 2
      for (; asked < due && asked - answered.size < 3000; asked++) {
        request.writeUInt32BE(asked + 1, 44)
        sendDatagram(client.fd, request, ntp)
      }
      for (; sent < due; sent++) sendDatagram(sender.fd, Buffer.from(`<13>1 - host load - - - ${sent}`), syslog)
      return ending
    })
    // The status page asks the supervisor through the http daemon: questions are open whenever it is replaced.
    const pages: (number | undefined)[] = []
    const asking = (async () => {
      while (!ending) pages.push(await fetchStatus(http))
    })()
    for (let time = 0; time < TIMES; time++) await reexec(box)
    ending = true
    await Promise.all([sending, asking])
    await waitFor('the answer to every request', () => (answered.size === asked ? true : undefined))
    watch.stop()
    expect(pages.length).toBeGreaterThan(0)
    expect(new Set(pages)).toEqual(new Set([200]))
    const stored = await waitFor('the last message in the store', () => {
      const numbers = storedNumbers(box, 'load')
      return numbers.length >= sent ? numbers : undefined
    })
    expect(stored).toEqual(Array.from({ length: sent }, (_, index) => index))
    const counted = await waitFor('the last line in the store', () => {
      const numbers = storedNumbers(box, 'counter')
      return numbers.includes(1000) ? numbers : undefined
    })
    expect(counted).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
    expect(await lives(box)).toEqual(before)
  })
})

function fetchStatus(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(
      { port, host: '127.0.0.1', path: '/status', agent: false, headers: { accept: 'application/json' } },
      (response) => response.resume().on('end', () => resolve(response.statusCode)),
    ).on('error', reject)
  })
}

/** Programs that say later that they are ready, as systemd and as s6 have it. */
const LATE = `
[[service]]
name = "late"
type = "notify"
command = ["${process.execPath}", "${join(CHILDREN, 'tells-on-signal.ts')}", "STATUS=at last", "READY=1"]
start_timeout = "1h"
[[service]]
name = "later"
type = "notify"
notify_fd = 4
command = ["/bin/sh", "-c", "trap 'echo >&4' USR1; : >$STATE_DIRECTORY/up; sleep 1000 & wait; wait"]
start_timeout = "1h"
`

describe('a supervisor that was replaced', () => {
  test('hears that a program is ready which began before, and systemd that all goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-notify-'))
    const told: { readonly text: string; readonly senderPid: number }[] = []
    const systemd = new NotifySocket(join(folder, 'socket'), (fields, senderPid) => {
      for (const key of ['READY', 'RELOADING']) if (fields.get(key) === '1') told.push({ text: key, senderPid })
    })
    {
      const environment = { NOTIFY_SOCKET: join(folder, 'socket') }
      const config = `[ntp]\nlisten = ["udp://127.0.0.1:0"]\n${LATE}`
      await using box = await startBox({ config, environment, untilReady: false })
      const listens = (name: string): boolean => existsSync(join(box.folder, 'state', name, 'up'))
      await waitFor('both listen', () => (listens('late') && listens('later') ? true : undefined))
      const pids = new Map((await box.status()).services.map(({ name, pid }) => [name, pid]))
      await reexec(box)
      for (const name of ['late', 'later']) {
        expect((await box.service(name)).state).toBe('starting')
        process.kill(pids.get(name) ?? 0, 'SIGUSR1')
        await box.until(name, 'ready', ({ state, pid, restarts }) => {
          return state === 'ready' && pid === pids.get(name) && restarts === 0
        })
      }
      expect((await box.service('late')).status).toBe('at last')
      await waitFor('what systemd is told', () => told.length >= 2 || undefined)
      const senderPid = box.supervisor.pid
      expect(told).toEqual([
        { text: 'RELOADING', senderPid },
        { text: 'READY', senderPid },
      ])
    }
    systemd.close()
    rmSync(folder, { recursive: true })
  })

  test('keeps what it knew: wishes, lives, restarts, reasons, last exits; its own age too', async () => {
    await using box = await startBox({ config: ALL_FOUR + FOREIGN, supervisor: QUICK, untilReady: false })
    await daemonsReady(box)
    await box.until('final', 'given up', ({ state }) => state === 'parked')
    expect(box.lanward('stop', 'dhcp').status).toBe(0)
    process.kill((await box.service('ntp')).pid ?? 0, 'SIGKILL')
    await box.until('ntp', 'its second life', ({ state, restarts }) => state === 'ready' && restarts === 1)
    const before = await lives(box)
    const why = JSON.parse(box.lanward('why', 'ntp', '--json').stdout)
    const { uptime_s } = (await box.status()).supervisor
    const told = box.lanward('reexec', '--json')
    expect(told.stderr).toBe('')
    expect(JSON.parse(told.stdout)).toMatchObject({ pid: box.supervisor.pid, from: '0.1.0', to: '0.1.0' })
    await box.until('http', 'asked by a probe of the new program', ({ probe }) => (probe?.age_s ?? 9) < 9)
    expect(await lives(box)).toEqual(before)
    const after = JSON.parse(box.lanward('why', 'ntp', '--json').stdout)
    expect(after).toMatchObject({ exits: why.exits, restart_limit: why.restart_limit })
    expect((await box.status()).supervisor.uptime_s).toBeGreaterThan(uptime_s)
    expect(box.lanward('start', 'dhcp').stdout).toBe('dhcp is ready\n')
  })

  test('hears how each child ends that it did not start, and starts the next life', async () => {
    await using box = await startBox({ config: ALL_FOUR + FOREIGN, supervisor: QUICK, untilReady: false })
    await daemonsReady(box)
    await reexec(box)
    await reexec(box)
    const endings = [
      ['ntp', 'SIGKILL', { signal: 'SIGKILL', code: null, reason: 'signal' }],
      ['syslog', 'SIGKILL', { signal: 'SIGKILL', code: null, reason: 'signal' }],
      ['http', 'SIGTERM', { signal: null, code: 0, reason: 'exit' }],
      ['seven', 'SIGUSR1', { signal: null, code: 7, reason: 'exit' }],
    ] as const
    for (const [name, signal, exit] of endings) {
      const { pid } = await box.service(name)
      process.kill(pid ?? 0, signal)
      const next = await box.until(name, 'the next life', (report) => report.restarts === 1 && report.state === 'ready')
      expect(next.last_exit).toMatchObject(exit)
      expect(next.last_exit?.gap_ms).toBeGreaterThan(0)
      expect(next.pid).not.toBe(pid)
    }
    expect(box.lanward('restart', 'dhcp').stdout).toBe('dhcp is ready\n')
    const family = descendants(box.supervisor.pid ?? 0)
    expect(await box.stop()).toBe(0)
    expect(family.every(isGone)).toBe(true)
    expect(readdirSync(join(box.folder, 'run')).filter((file) => /control|notify/.test(file))).toEqual([])
  })

  test('goes by the configuration as it is on disk then, and leaves alone what did not change', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const pidOf = async (name: string): Promise<number | null> => (await box.service(name)).pid
    const [syslog, ntp] = [await pidOf('syslog'), await pidOf('ntp')]
    const text = readFileSync(box.config, 'utf8')
    writeFileSync(box.config, text.replace('[ntp]', '[ntp]\nlocal_stratum = 7') + FOREIGN)
    await reexec(box)
    // The next program answers before it has looked at the configuration.
    await waitFor('seven: added', async () => {
      const { services } = await box.status()
      return services.some(({ name, state }) => name === 'seven' && state === 'ready') ? true : undefined
    })
    await box.until('ntp', 'told of its new stratum', ({ status }) => status.includes('stratum 7'))
    expect([await pidOf('syslog'), await pidOf('ntp')]).toEqual([syslog, ntp])
  })
})

test('a supervisor that is told to stop while it is replaced leaves nothing behind', async () => {
  await using box = await startBox({ config: ALL_FOUR })
  const family = descendants(box.supervisor.pid ?? 0)
  await expect(askSupervisor(controlOf(box), 'reexec', {}, null)).rejects.toMatchObject({ kind: 'closed' })
  await box.stop()
  await waitFor('the end of all daemons', () => (family.every(isGone) ? true : undefined))
})
