import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Box, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

/** Asks once from an address of loopback and a port of its own; gives leap and stratum. */
async function ask(from: string, port: number, question: Buffer = plain()): Promise<string> {
  const socket = createSocket(from.includes(':') ? 'udp6' : 'udp4')
  try {
    socket.bind(0, from)
    await once(socket, 'listening')
    const answered = once(socket, 'message')
    socket.send(question, port, from.includes(':') ? '::1' : '127.0.0.1')
    const [answer] = (await answered) as [Buffer]
    return `${(answer[0] ?? 0) >> 6} ${answer[1]}`
  } finally {
    socket.close()
  }
}

function plain(): Buffer {
  const question = Buffer.alloc(48)
  question[0] = 0x23
  question.writeBigUInt64BE(7n, 40)
  return question
}

/** A question that is signed with key 7. */
function signed(): Buffer {
  const question = plain()
  return Buffer.concat([
    question,
    Buffer.from([0, 0, 0, 7]),
    createHash('md5').update('secret').update(question).digest(),
  ])
}

const CLIENTS = Array.from({ length: 40 }, (_, index) => `127.0.0.${index + 2}`)

async function askAll(box: Box): Promise<ReadonlySet<string>> {
  const port = await box.port('ntp', 'udp')
  return new Set(await Promise.all(CLIENTS.map((from) => ask(from, port))))
}

describe('a time server with three instances', () => {
  const config = '[ntp]\nlisten = ["udp://127.0.0.1:0", "udp://[::1]:0"]\ninstances = 3\n'

  testWith([], 'serves each client by one of them, and tells of all as one', async () => {
    await using box = await startBox({ config })
    expect(await askAll(box)).toEqual(new Set(['0 10']))
    expect(await ask('::1', await box.port('ntp', 'udp', '[::1]'))).toBe('0 10')
    const { clients } = JSON.parse(box.lanward('time', '--json').stdout)
    const addresses = clients.map(({ address }: { address: string }) => address)
    expect(addresses.toSorted()).toEqual([...CLIENTS, '::1'].toSorted())
    const ntp = await box.service('ntp')
    expect(ntp).toMatchObject({ health: 'ok', counters: { received: 41, answered: 41, bug: 0 } })
    expect(ntp.status).toContain('41 clients')
    // All of them have done some of it.
    const threads = readFileSync(`/proc/${ntp.pid}/status`, 'utf8')
    expect(Number(/Threads:\s+(\d+)/.exec(threads)?.[1])).toBeGreaterThan(8)

    writeFileSync(box.config, `${readFileSync(box.config, 'utf8')}local_stratum = 7\n`)
    expect(box.lanward('reload').status).toBe(0)
    await waitFor('the new stratum from all', async () => ((await askAll(box)).has('0 10') ? undefined : true))
    expect(await askAll(box)).toEqual(new Set(['0 7']))
    expect((await box.service('ntp')).restarts).toBe(0)

    process.kill(ntp.pid ?? 0, 'SIGKILL')
    expect(await askAll(box)).toEqual(new Set(['0 7']))
    await box.until('ntp', 'restarted', ({ restarts, state }) => restarts === 1 && state === 'ready')
    expect(await box.stop()).toBe(0)
  })

  testWith([], 'answers no key any more that a reload took away', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lanward-instances-')), 'keys')
    writeFileSync(file, '7 MD5 ASCII:secret\n', { mode: 0o600 })
    await using box = await startBox({ config: config.replace('instances', `keys = "${file}"\ninstances`) })
    const port = await box.port('ntp', 'udp')
    expect(new Set(await Promise.all(CLIENTS.map((from) => ask(from, port, signed())))).size).toBe(1)
    writeFileSync(file, '8 MD5 ASCII:another\n')
    expect(box.lanward('reload').status).toBe(0)
    // A thread takes up what it is told before it serves what came after.
    const sockets = CLIENTS.map(() => createSocket('udp4'))
    try {
      for (const [index, socket] of sockets.entries()) socket.bind(0, CLIENTS[index])
      await Promise.all(sockets.map((socket) => once(socket, 'listening')))
      for (const socket of sockets) socket.send(signed(), port, '127.0.0.1')
      const { counters } = await box.until('ntp', 'all counted', ({ counters }) => counters['received'] === 80)
      expect(counters).toMatchObject({ answered: 40, unknown_key: 40 })
    } finally {
      for (const socket of sockets) socket.close()
      rmSync(dirname(file), { recursive: true })
    }
  })

  testWith([], 'limits a client by its address, from whatever ports it asks', async () => {
    await using box = await startBox({ config: `${config}rate_limit = { interval = "1h", burst = 24, kod = false }\n` })
    const port = await box.port('ntp', 'udp')
    const sockets = Array.from({ length: 120 }, () => createSocket('udp4'))
    try {
      for (const socket of sockets) socket.bind(0, '127.0.0.77')
      await Promise.all(sockets.map((socket) => once(socket, 'listening')))
      const question = Buffer.alloc(48)
      question[0] = 0x23
      for (const socket of sockets) socket.send(question, port, '127.0.0.1')
      const done = await box.until('ntp', 'all counted', ({ counters }) => counters['received'] === 120)
      // 24 of the bucket, and of the others every fourth by chance; three buckets would limit 48 at most.
      expect(done.counters['rate_limited']).toBeGreaterThan(48)
      const { clients } = JSON.parse(box.lanward('time', '--json').stdout)
      expect(clients).toMatchObject([{ address: '127.0.0.77', requests: 120 }])
    } finally {
      for (const socket of sockets) socket.close()
    }
  })
})
