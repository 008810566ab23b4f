import { mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DgramAsPromised } from 'dgram-as-promised'
import { describe, expect, test } from 'vitest'
import { NotifySocket } from '../../daemons/linux/notify-socket.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { programOf, SpareProcess } from './spare-process.ts'

const MARK = '4711/spare/1'.padEnd(48)

const text = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')

/** Descriptors of a process that are sockets of the Internet. */
function internetSockets(pid: number): readonly string[] {
  const inodes = new Set(text(pid, 'net/udp').match(/\b\d{4,}\b/g))
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
    .filter((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''))
}

/** Where a link leads; a descriptor may be closed between two looks. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

async function askTime(port: number): Promise<Buffer> {
  const client = DgramAsPromised.createSocket('udp4')
  try {
    client.setTimeout(10_000)
    const answer = client.recv()
    const request = Buffer.alloc(48)
    request[0] = 0x23
    await client.send(request, 0, request.length, port, '127.0.0.1')
    return (await answer)?.msg ?? Buffer.alloc(0)
  } finally {
    await client.close()
  }
}

/** What the order for the ntp daemon says. */
function ntpOrder(folder: string, listen: readonly string[]): Parameters<SpareProcess['order']>[0] {
  const section = {
    listen,
    clock: 'local',
    localStratum: 10,
    kernelStratum: 5,
    smear: false,
    instances: 1,
    allow: ['127.0.0.0/8'],
    rateLimit: null,
    sources: [],
  }
  writeFileSync(join(folder, 'section.json'), JSON.stringify(section))
  return {
    program: programOf('ntp'),
    cwd: folder,
    environment: {
      LANWARD_LIFE: '4711/ntp/8',
      LANWARD_SECTION: join(folder, 'section.json'),
      STATE_DIRECTORY: folder,
      NOTIFY_SOCKET: join(folder, 'notify'),
      LISTEN_FDS: String(listen.length),
      LISTEN_FDNAMES: listen.map((url) => url.replaceAll(':', '%3A')).join(':'),
    },
  }
}

describe('a spare', () => {
  test('holds no socket while it waits, and becomes the daemon that it is told to be', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lanward-spare-')))
    using first = openOnLoopback('udp://127.0.0.1:0')
    using second = openOnLoopback('udp://127.0.0.1:0')
    await using spare = new SpareProcess([programOf('http'), programOf('ntp')], MARK)
    expect(await spare.word()).toBe('READY=1')
    expect(text(spare.pid, 'comm').trim()).toBe('lanward: spare')
    expect(internetSockets(spare.pid)).toEqual([])
    expect(text(spare.pid, 'environ')).toContain(`LANWARD_LIFE=${MARK}\0`)

    const told: [string | undefined, number][] = []
    const ready = Promise.withResolvers<void>()
    const notify = new NotifySocket(join(folder, 'notify'), (fields, pid) => {
      told.push([fields.get('READY'), pid])
      ready.resolve()
    })
    const ports = [first.port, second.port]
    const listen = ports.map((port) => `udp://127.0.0.1:${port}`)
    spare.order(ntpOrder(folder, listen), [first.fd, second.fd])
    await ready.promise
    notify.close()
    expect(told[0]).toEqual(['1', spare.pid])
    for (const port of ports) expect((await askTime(port))[1]).toBe(10)
    expect(internetSockets(spare.pid)).toHaveLength(2)
    expect(text(spare.pid, 'comm').trim()).toBe('lanward: ntp')
    expect(text(spare.pid, 'cmdline').split('\0')[0]?.trim()).toBe('lanward: ntp')
    expect(text(spare.pid, 'environ').split('\0')).toContain('LANWARD_LIFE=4711/ntp/8')
    expect(readlinkSync(`/proc/${spare.pid}/cwd`)).toBe(folder)
    expect(text(spare.pid, 'status')).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(await spare.end('SIGTERM')).toBe(0)
    expect(spare.printed).toBe('')
  })

  test('ends when nobody can send it an order any more', async () => {
    await using spare = new SpareProcess([programOf('ntp')], MARK)
    await spare.word()
    spare.abandon()
    expect(await spare.end()).toBe(0)
  })

  test('ends when the supervisor died before it heard of it', async () => {
    await using spare = new SpareProcess([programOf('ntp')], MARK)
    spare.abandon()
    expect(await spare.end()).not.toBeNull()
    expect(spare.printed).not.toContain('ECONNRESET')
  })

  test('says what it could not load', async () => {
    await using missing = new SpareProcess(['/nonexistent/main.cjs'], MARK)
    expect(await missing.end()).toBe(1)
    expect(missing.printed).toContain('/nonexistent/main.cjs')
    await using foreign = new SpareProcess([new URL('../children/exits-at-once.ts', import.meta.url).pathname], MARK)
    expect(await foreign.end()).toBe(1)
  })

  test('that is told to be what it has not loaded dies of it', async () => {
    await using spare = new SpareProcess([programOf('ntp')], MARK)
    await spare.word()
    spare.order({ program: '/other/main.cjs', cwd: '/', environment: {} }, [])
    expect(await spare.end()).toBe(1)
    expect(spare.printed).toContain('this spare has not loaded /other/main.cjs')
  })
})
