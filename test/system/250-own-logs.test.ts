import { createSocket } from 'node:dgram'
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

const service = (name: string, command: readonly string[]): string =>
  `[[service]]\nname = "${name}"\ncommand = ${JSON.stringify(command)}\n`

describe('a flood', () => {
  const ANSWERS = 60
  const FLOODS = {
    long: [process.execPath, join(import.meta.dirname, '../children/floods-stdout.ts')],
    short: ['yes'],
    empty: ['sh', '-c', "tr '\\\\0' '\\\\n' </dev/zero"],
    endless: ['sh', '-c', "tr '\\\\0' 'x' </dev/zero >&2"],
  }

  test('of any kind of lines, all at once, neither fills the supervisor nor keeps it from answering', async () => {
    const floods = Object.entries(FLOODS).map(([name, command]) => service(name, command))
    await using box = await startBox({ config: ALL_FOUR + floods.join('') })
    const before = memoryOf(box)
    let slowestMs = 0
    let largest = before
    for (let count = 0; count < ANSWERS; count++) {
      const fromMs = performance.now()
      const { services } = await box.status()
      slowestMs = Math.max(slowestMs, performance.now() - fromMs)
      largest = Math.max(largest, memoryOf(box))
      expect(services.every(({ state, restarts }) => state === 'ready' && restarts === 0)).toBe(true)
    }
    expect(largest - before, 'kB more than before').toBeLessThan(64 * 1024)
    expect(slowestMs, 'on however busy a machine').toBeLessThan(2_000)
    // What was left out is told by name.
    const lost = (): boolean =>
      box.lanward('logs', '--service', 'lanward', '--grep', 'lines lost').stdout.includes('short')
    await waitFor('the count of lost lines', () => (lost() ? true : undefined))
  })
})

describe('the last words', () => {
  test('before a SIGKILL are in the ledger, each with its own life', async () => {
    const script = 'echo "last words of $(basename "$LANWARD_LIFE")"; kill -9 $$'
    const config = `${service('dies', ['/bin/sh', '-c', script])}restart = { limit = { restarts = 1000, within = "1s" }, backoff = { first = "1ms", factor = 1, max = "1ms" } }\n`
    await using box = await startBox({ config, untilReady: false })
    await box.until('dies', 'many lives', ({ restarts }) => restarts >= 60)
    expect(box.lanward('stop', 'dies').status).toBe(0)
    const { exits } = JSON.parse(box.lanward('why', 'dies', '--json').stdout)
    expect(exits.length).toBeGreaterThan(5)
    for (const { life, signal, last_lines } of exits)
      if (signal === 'SIGKILL') expect(last_lines).toEqual([`last words of ${life}`])
  })
})

test('the last words at the end of a flood are in the ledger', async () => {
  const script = 'yes | head -n 60000; echo "the very last"; kill -9 $$'
  await using box = await startBox({ config: service('floods', ['/bin/sh', '-c', script]), untilReady: false })
  const lines = await waitFor('the last words', () => {
    const { exits } = JSON.parse(box.lanward('why', 'floods', '--json').stdout)
    return exits.at(-1)?.last_lines.at(-1) === 'y' ? undefined : exits.at(-1)?.last_lines
  })
  expect(lines.slice(-2)).toEqual(['y', 'the very last'])
})

describe('a full disk', () => {
  /** Runs the supervisor with a small disk of its own under its state. */
  const smallDisk =
    'for config; do :; done; state="$(dirname "$config")/state"; mkdir "$state"; mount -t tmpfs -o size=8m none "$state"; exec "$@"'
  const inside = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', smallDisk, 'sh']

  testWith(
    ['namespaces'],
    'is told by its name by ledger and store, restarts nothing, and ends by itself',
    async () => {
      await using box = await startBox({ config: ALL_FOUR, inside, supervisor: 'probe_every = "200ms"' })
      const state = `/proc/${box.supervisor.pid}/root${box.folder}/state`
      const filler = join(state, 'filler')
      const { bavail, bsize } = statfsSync(state)
      try {
        writeFileSync(filler, Buffer.alloc(bavail * bsize + 4096))
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
      const port = await box.port('syslog', 'udp')
      const syslog = await waitFor('the store to tell', async () => {
        await send(port, 50)
        const report = await box.service('syslog')
        return report.health === 'degraded' && (report.counters['rejected_disk_full'] ?? 0) > 0 ? report : undefined
      })
      expect(syslog.status).toContain('the disk is full')
      expect(syslog.reason).toContain('the disk is full')
      const http = await box.service('http')
      process.kill(http.pid ?? 0, 'SIGKILL')
      await box.until('http', 'a new life', ({ state, restarts }) => state === 'ready' && restarts === 1)
      const full = await box.status()
      expect(full.supervisor.health).not.toBe('ok')
      expect(full.supervisor.limits[0]).toMatch(
        /^cannot write the restart ledger: the disk is full; its newest 1 exits wait in memory/,
      )
      expect(box.lanward('why', 'http').stdout).toContain('SIGKILL')
      expect(box.lanward('status').status).toBe(1)

      rmSync(filler)
      await waitFor('all to be well', async () => {
        const { supervisor, services } = await box.status()
        const well = supervisor.health === 'ok' && services.every(({ health }) => health === 'ok')
        return well ? true : undefined
      })
      const after = await box.status()
      expect(after.supervisor.limits.join()).not.toContain('ledger')
      expect(after.services.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 1])
      const rejected = (await box.service('syslog')).counters['rejected_disk_full']
      const before = (await box.service('syslog')).counters['stored'] ?? 0
      await send(port, 10)
      const later = await box.until('syslog', 'stored', ({ counters }) => (counters['stored'] ?? 0) >= before + 10)
      expect(later.counters['rejected_disk_full']).toBe(rejected)
      // The ledger has got on disk what had waited.
      expect(box.lanward('why', 'http').stdout).toContain('SIGKILL')
    },
  )
})

async function send(port: number, count: number): Promise<void> {
  const socket = createSocket('udp4')
  const sent = Array.from({ length: count }, (_, index) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.send(`<13>message ${index} ${'x'.repeat(900)}`, port, '127.0.0.1', () => resolve())
    return promise
  })
  await Promise.all(sent)
  socket.close()
}

/** Resident memory of the supervisor in kB. */
function memoryOf(box: Box): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${box.supervisor.pid}/status`, 'utf8'))?.[1])
}
