import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import type { StatusReport } from '../../supervisor/control/control-protocol.ts'
import { ALL_FOUR, type Box, configure, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { isGone } from '../support/process-state.ts'
import { storedNumbers } from '../support/stored-messages.ts'
import { HANG_MS, waitFor } from '../support/wait-for.ts'

const KILLS = 20
const PER_KILL = 40
/** Restarts as after a long good run, however often we kill. */
const OFTEN = 'restart = { limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }'

/** Waits until every service serves and a spare stands ready. @param earlier the pid of one that is not meant */
function whenSpareReady(box: Box, earlier: number | null = null): Promise<StatusReport> {
  return waitFor('a spare that stands ready', async () => {
    const report = await box.status()
    const all = report.services.every(({ state }) => state === 'ready')
    const { state, pid } = report.supervisor.spare
    return all && state === 'ready' && pid !== earlier ? report : undefined
  })
}

/** Kills the process of a service and waits until it is dead: what comes then finds nobody, only the held socket. */
async function kill(box: Box, name: string): Promise<{ readonly pid: number; readonly restarts: number }> {
  const { pid, restarts } = await box.service(name)
  if (pid === null) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGKILL')
  await waitFor(`the death of ${pid}`, () => isGone(pid) || undefined)
  return { pid, restarts }
}

/** Clients that number what they send, and note which numbers were answered, and how often. */
interface NumberedClient extends Disposable {
  send(number: number): void
  /** How often each number was answered. */
  answered(): ReadonlyMap<number, number>
}

async function timeClient(box: Box): Promise<NumberedClient> {
  const socket = openOnLoopback('udp://127.0.0.1:0', 4 << 20)
  const target = { address: '127.0.0.1', port: await box.port('ntp', 'udp') }
  const batch = new DatagramBatch({ slots: 64, slotBytes: 128 })
  const answers = new Map<number, number>()
  const watch = watchReadable(socket.fd, () => {
    for (let count = batch.receive(socket.fd); count > 0; count = batch.receive(socket.fd))
      for (let slot = 0; slot < count; slot++) note(answers, batch.bytes.readUInt32BE(slot * batch.slotBytes + 28))
  })
  const request = Buffer.alloc(48)
  request[0] = 0x23
  return {
    send: (number) => {
      request.writeUInt32BE(number, 44)
      sendDatagram(socket.fd, request, target)
    },
    answered: () => answers,
    [Symbol.dispose]: () => {
      watch.stop()
      socket[Symbol.dispose]()
    },
  }
}

/** Over UDP and TCP in turn; answered = in the store. */
async function logClient(box: Box): Promise<NumberedClient> {
  const socket = openOnLoopback('udp://127.0.0.1:0')
  const port = await box.port('syslog', 'udp')
  const tcp = await box.port('syslog', 'tcp')
  return {
    send: (number) => {
      const line = `<13>1 - host numbered - - - ${number}`
      if (number % 2 === 0) sendDatagram(socket.fd, Buffer.from(line), { address: '127.0.0.1', port })
      else connect(tcp, '127.0.0.1').end(`${line}\n`)
    },
    answered: () => {
      const stored = new Map<number, number>()
      for (const number of storedNumbers(box, 'numbered')) note(stored, number)
      return stored
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  }
}

async function pageClient(box: Box): Promise<NumberedClient> {
  const port = await box.port('http', 'tcp')
  const answers = new Map<number, number>()
  return {
    send: (number) => {
      get({ port, host: '127.0.0.1', path: `/${number}`, agent: false }, (response) => {
        response.resume()
        if (response.statusCode === 404) note(answers, number)
      })
    },
    answered: () => answers,
    [Symbol.dispose]: () => undefined,
  }
}

function note(counts: Map<number, number>, number: number): void {
  counts.set(number, (counts.get(number) ?? 0) + 1)
}

describe('held sockets', () => {
  test('through 20 kills, everything that is sent while nobody is there is answered once by the next life', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: OFTEN })
    using ntp = await timeClient(box)
    using syslog = await logClient(box)
    using http = await pageClient(box)
    const clients = Object.entries({ ntp, syslog, http })
    let last = 0
    const gaps: number[] = []
    for (let round = 0; round < KILLS; round++) {
      const [name, client] = clients[round % clients.length] ?? expect.fail()
      // Every other time a spare takes over, else a new process.
      if (round % 2 === 0) await whenSpareReady(box)
      const { restarts } = await kill(box, name)
      const first = last + 1
      last += PER_KILL
      for (let number = first; number <= last; number++) client.send(number)
      await waitFor(`${name}: ${first} to ${last} answered`, () => client.answered().has(last) || undefined)
      const after = await box.until(
        name,
        'what waited is counted',
        (report) => report.restarts === restarts + 1 && (report.last_exit?.queued ?? null) !== null,
      )
      expect(after.last_exit).toMatchObject({ signal: 'SIGKILL', reason: 'signal', dropped: 0 })
      gaps.push(after.last_exit?.gap_ms ?? Number.NaN)
    }
    const answered = await waitFor('the rest', () => {
      const all = clients.flatMap(([, client]) => [...client.answered()])
      return all.length >= KILLS * PER_KILL ? all : undefined
    })
    expect(answered.map(([number]) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: KILLS * PER_KILL }, (_, index) => index + 1),
    )
    expect(answered.filter(([, times]) => times !== 1)).toEqual([])
    expect(gaps.every((gap) => gap > 0)).toBe(true)
  })

  test('what does not fit into the socket is counted to the last datagram', async () => {
    const slow = 'spare = false\nrestart = { backoff = { first = "1h", max = "1h" } }'
    await using box = await startBox({ config: ALL_FOUR, supervisor: slow })
    using client = await timeClient(box)
    await kill(box, 'ntp')
    await box.until('ntp', 'waits', ({ state }) => state === 'backoff')
    const sent = 40_000
    for (let number = 1; number <= sent; number++) client.send(number)
    await askSupervisor(join(box.folder, 'run/control.sock'), 'start', { service: 'ntp' }, HANG_MS)
    const after = await box.until('ntp', 'counted', ({ last_exit }) => (last_exit?.queued ?? null) !== null)
    const dropped = after.last_exit?.dropped ?? 0
    expect(dropped).toBeGreaterThan(0)
    await waitFor('every answer', () => client.answered().size === sent - dropped || undefined)
    await box.until('ntp', 'the count of all that waited', (one) => one.last_exit?.queued === sent - dropped)
  })
})

describe('the spare', () => {
  test('becomes the daemon that died, in all that others see of it', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const before = await whenSpareReady(box)
    const { pid: spare, memory_bytes } = before.supervisor.spare
    expect(memory_bytes).toBeGreaterThan(1_000_000)
    expect(box.lanward('status').stdout).toContain(`spare: stands ready, pid ${spare}, `)
    const { pid, restarts } = await kill(box, 'dhcp')
    const after = await box.until('dhcp', 'the next life', (one) => one.restarts > restarts && one.health === 'ok')
    expect(after).toMatchObject({ pid: spare, restarts: restarts + 1, state: 'ready' })
    expect(after.last_exit).toMatchObject({ signal: 'SIGKILL', reason: 'signal', dropped: 0 })
    expect(readFileSync(`/proc/${spare}/comm`, 'utf8').trim()).toBe('lanward: dhcp')
    const environment = readFileSync(`/proc/${spare}/environ`, 'utf8').split('\0')
    expect(environment).toContain(`LANWARD_LIFE=${box.supervisor.pid}/dhcp/2`)
    const exit = JSON.parse(box.lanward('why', 'dhcp', '--json').stdout).exits[0]
    expect(exit).toMatchObject({ life: 1, signal: 'SIGKILL', gap_ms: after.last_exit?.gap_ms })
    const next = await whenSpareReady(box)
    expect([pid, spare]).not.toContain(next.supervisor.spare.pid)
  })

  test('is not used for a restart by command: that starts the program as it is on the disk', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const { supervisor } = await whenSpareReady(box)
    expect(box.lanward('restart', 'ntp').status).toBe(0)
    expect((await box.service('ntp')).pid).not.toBe(supervisor.spare.pid)
    expect((await box.status()).supervisor.spare).toMatchObject({ state: 'ready', pid: supervisor.spare.pid })
  })

  test('that is killed while it waits is a named limit, until the next one stands ready', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const { pid } = (await whenSpareReady(box)).supervisor.spare
    if (pid === null) throw new Error('no spare')
    process.kill(pid, 'SIGKILL')
    const { supervisor } = await waitFor('the limit', async () => {
      const report = await box.status()
      return report.supervisor.limits.some((limit) => limit.includes('no spare')) ? report : undefined
    })
    expect(supervisor).toMatchObject({ health: 'ok', spare: { state: 'preparing' } })
    expect(supervisor.limits.join()).toContain('killed by SIGKILL')
    expect((await whenSpareReady(box)).supervisor.limits.join()).not.toContain('no spare')
  })

  test('is made anew for a reload that adds a daemon, and goes when it is switched off', async () => {
    await using box = await startBox({ config: '[ntp]\nlisten = ["udp://127.0.0.1:0"]' })
    const first = await whenSpareReady(box)
    configure(box.config, { config: ALL_FOUR })
    expect(box.lanward('reload').status).toBe(0)
    const second = await whenSpareReady(box, first.supervisor.spare.pid)
    configure(box.config, { config: ALL_FOUR, supervisor: 'spare = false' })
    expect(box.lanward('reload').status).toBe(0)
    expect((await box.status()).supervisor.spare).toEqual({ state: 'off', pid: null, memory_bytes: null })
    await waitFor('the end of the spare', () => isGone(second.supervisor.spare.pid ?? 0) || undefined)
  })
})

describe('compiled code', () => {
  test('is kept by a daemon that never ends in order', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: 'spare = false' })
    const folder = join(box.folder, 'state/.compile-cache')
    await waitFor('its compiled code', () => (readdirSync(folder, { recursive: true }).length > 1 ? true : undefined))
  })
})
