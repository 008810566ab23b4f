import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import type { ServiceReport } from '../../supervisor/control/control-protocol.ts'
import { type Box, configure, startBox } from '../support/box.ts'
import { PeerCollector } from '../support/collectors.ts'
import { freePort } from '../support/free-port.ts'
import { testWith } from '../support/needs.ts'
import { makeLan, spawnIn } from '../support/network.ts'
import { countStored, type StoredMessage, storedMessages } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

const listen = (port = 0): string => `[syslog]\nlisten = ["tcp://127.0.0.1:${port}", "udp://127.0.0.1:0"]\n`
const forward = (to: string): string => `[[syslog.forward]]\nto = "${to}"\n`

const OF_LOAD = '"app":"load"'

/** Sends numbered messages to a box and waits until it has stored them all. */
async function load(box: Box, first: number, count: number): Promise<void> {
  const before = countStored(box, OF_LOAD)
  const peer = connect(await box.port('syslog', 'tcp'), '127.0.0.1')
  for (let number = first; number < first + count; number++) peer.write(`<13>1 - h load - - - n ${number}\n`)
  peer.end()
  peer.resume()
  await once(peer, 'close')
  await waitFor('all stored', () => countStored(box, OF_LOAD) >= before + count || undefined)
}

function ownNumbers(box: Pick<Box, 'folder'>): number[] {
  return storedMessages(box)
    .filter(({ app }) => app === 'load')
    .map(({ msg }) => Number(msg.slice(2)))
}

/** Numbers in the sender's store of what a box got from it, as they came. */
function forwardedSeqs(box: Pick<Box, 'folder'>): number[] {
  return seqsOf(storedMessages(box))
}

function seqsOf(messages: readonly StoredMessage[]): number[] {
  return messages.map(({ sd }) => Number(sd?.['lanward@32473']?.['seq']))
}

/** Each time the number goes back is a place where something was sent again. */
function stepsBack(seqs: readonly number[]): number {
  return seqs.filter((seq, index) => index > 0 && seq <= (seqs[index - 1] ?? 0)).length
}

/** The only target has everything. */
function isThrough(details: ServiceReport['details']): boolean {
  return details?.['forward']?.[0]?.text.includes('nothing behind') === true
}

/** Kills a service's process and waits until the next one serves. */
async function killed(box: Box, service: string): Promise<void> {
  const { pid, restarts } = await box.service(service)
  process.kill(pid ?? 0, 'SIGKILL')
  await box.until(service, 'back again', (report) => report.state === 'ready' && report.restarts > restarts)
}

describe('forwarding from box to box', () => {
  test('loses nothing and keeps the order when both sides are killed in the middle', async () => {
    await using target = await startBox({ config: listen() })
    const port = await target.port('syslog', 'tcp')
    await using source = await startBox({ config: `${listen()}${forward(`tcp://127.0.0.1:${port}`)}` })
    for (let round = 0; round < 4; round++) {
      await load(source, round * 5000, 5000)
      await killed(round % 2 === 0 ? source : target, 'syslog')
    }
    await load(source, 20_000, 100)
    const all = storedMessages({ folder: source.folder }).map(({ seq }) => seq)
    const last = all.at(-1) ?? 0
    await waitFor('the last', () => forwardedSeqs(target).includes(last) || undefined)
    const got = forwardedSeqs(target)
    const wanted = new Set(got)
    expect(all.filter((seq) => !wanted.has(seq))).toEqual([])
    // What a killed source has left under way may come beside what its successor sends: each connection is in order.
    const connections = Map.groupBy(storedMessages(target), ({ src }) => src)
    for (const [src, messages] of connections) expect(stepsBack(seqsOf(messages)), src).toBe(0)
    expect(new Set(ownNumbers(target))).toEqual(new Set(ownNumbers(source)))
  })

  test('what a whole box left behind at its death goes out when it is back', async () => {
    const port = freePort()
    const config = `${listen()}${forward(`tcp://127.0.0.1:${port}`)}`
    await using source = await startBox({ config })
    await load(source, 0, 2000)
    const away = await source.until('syslog', 'a fault', ({ health }) => health === 'degraded')
    expect(away.reason).toContain(`cannot forward to tcp://127.0.0.1:${port}: connection refused`)
    expect(source.lanward('status', 'syslog').stdout).toMatch(
      /forward: tcp:.*waiting \(connection refused\), \d+ messages/,
    )
    await killed(source, 'syslog')
    await using target = await startBox({ config: listen(port) })
    await waitFor('all', () => ownNumbers(target).length === 2000 || undefined)
    expect(ownNumbers(target)).toEqual(Array.from({ length: 2000 }, (_, number) => number))
    const well = await source.until(
      'syslog',
      'all well',
      ({ details, health }) => isThrough(details) && health === 'ok',
    )
    expect(well.details?.['forward']).toMatchObject([{ state: 'connected', behind: 0, spool_overflow: 0 }])
  })

  test('a restart of the target by command repeats no more than its last moment', async () => {
    await using target = await startBox({ config: listen() })
    const port = await target.port('syslog', 'tcp')
    await using source = await startBox({ config: `${listen()}${forward(`tcp://127.0.0.1:${port}`)}` })
    await load(source, 0, 3000)
    await source.until('syslog', 'all forwarded', ({ details }) => isThrough(details))
    await askSupervisor(join(target.folder, 'run/control.sock'), 'restart', { service: 'syslog' }, null)
    await load(source, 3000, 10)
    await waitFor('the last', () => ownNumbers(target).includes(3009) || undefined)
    expect(new Set(ownNumbers(target))).toEqual(new Set(Array.from({ length: 3010 }, (_, number) => number)))
    expect(stepsBack(forwardedSeqs(target))).toBeLessThanOrEqual(1)
  })

  test('two boxes that forward to each other on one machine end the loop where it closes', async () => {
    const port = freePort()
    await using one = await startBox({ config: listen(port) })
    await using two = await startBox({ config: `${listen()}${forward(`tcp://127.0.0.1:${port}`)}` })
    const back = await two.port('syslog', 'tcp')
    configure(one.config, { config: `${listen(port)}${forward(`tcp://127.0.0.1:${back}`)}` })
    expect(one.lanward('reload').stdout).toMatch(/syslog\s+reloaded/)
    await load(one, 0, 100)
    await one.until('syslog', 'recognised', ({ counters }) => (counters['forward_loop'] ?? 0) >= 100)
    expect(ownNumbers(two)).toHaveLength(100)
    // The same address for all: only the trail tells, and that at the first box alone.
    expect(ownNumbers(one)).toHaveLength(200)
    configure(one.config, { config: listen(port) })
    expect(one.lanward('reload').stdout).toMatch(/syslog\s+reloaded/)
    expect((await one.service('syslog')).details).toBeUndefined()
  })

  testWith(
    ['namespaces', 'program nc'],
    'two boxes of a LAN that forward to each other send each message once',
    async () => {
      using lan = makeLan('192.168.50.2/24')
      const config = (own: string, other: string): string =>
        `[syslog]\nlisten = ["tcp://${own}:514"]\n${forward(`tcp://${other}:514`)}`
      const [a, b] = ['192.168.50.1', '192.168.50.2']
      await using one = await startBox({ config: config(a, b), namespace: lan.server })
      await using two = await startBox({ config: config(b, a), namespace: lan.client })
      const lines = Array.from({ length: 100 }, (_, number) => `<13>1 - h load - - - n ${number}\n`).join('')
      const sent = spawnIn(lan.server, ['nc', '-N', a, '514'], { stdio: ['pipe', 'ignore', 'inherit'] })
      sent.stdin?.end(lines)
      await once(sent, 'exit')
      await two.until('syslog', 'recognised', ({ counters }) => (counters['forward_loop'] ?? 0) >= 100)
      expect(ownNumbers(one)).toHaveLength(100)
      expect(ownNumbers(two)).toHaveLength(100)
    },
  )

  testWith(['namespaces'], 'a full disk stops the storing, not the forwarding of what is stored', async () => {
    await using target = await startBox({ config: listen() })
    const port = await target.port('syslog', 'tcp')
    const small = 'state=$(dirname "$5")/state; mkdir -p "$state"; mount -t tmpfs -o size=6m tmpfs "$state"; exec "$@"'
    await using source = await startBox({
      config: `${listen()}${forward(`tcp://127.0.0.1:${port}`)}`,
      inside: ['unshare', '--mount', '--fork', 'sh', '-c', small, 'sh'],
    })
    const { pid } = await source.service('syslog')
    const state = `/proc/${pid}/root${source.folder}/state`
    const sent = connect(await source.port('syslog', 'tcp'), '127.0.0.1')
    for (let number = 0; number < 2000; number++) sent.write(`<13>1 - h load - - - n ${number}\n`)
    await waitFor('the first', () => ownNumbers(target).length === 2000 || undefined)
    try {
      writeFileSync(join(state, 'fill'), Buffer.alloc(6 << 20))
    } catch {
      // Full is what it should be.
    }
    for (let number = 2000; number < 12_000; number++) sent.write(`<13>1 - h load - - - n ${number}\n`)
    const degraded = await source.until('syslog', 'a full disk', ({ health }) => health === 'degraded')
    expect(degraded.reason).toContain('the disk is full')
    rmSync(join(state, 'fill'))
    await waitFor('the rest', () => ownNumbers(target).includes(11_999) || undefined)
    sent.destroy()
    expect(ownNumbers(target)).toEqual(Array.from({ length: 12_000 }, (_, number) => number))
    await source.until('syslog', 'all well', ({ health }) => health === 'ok')
  })
})

test('forwarding over HTTP loses nothing when we are killed and the target is busy', async () => {
  const got: number[] = []
  let asked = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      asked += 1
      const busy = asked % 3 === 0
      const body = gunzipSync(Buffer.concat(chunks)).toString()
      if (!busy) got.push(...[...body.matchAll(/"msg":"n (\d+)"/g)].map(([, number]) => Number(number)))
      response.writeHead(busy ? 503 : 204, { 'Retry-After': '0' }).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    const target = `${forward(`http://127.0.0.1:${port}/insert/jsonline`)}app = ["load"]\nbatch = { size = "64KiB", wait = "50ms" }\n`
    await using source = await startBox({ config: `${listen()}${target}` })
    for (let round = 0; round < 3; round++) {
      await load(source, round * 3000, 3000)
      await killed(source, 'syslog')
    }
    await waitFor('all', () => new Set(got).size === 9000 || undefined)
    expect([...new Set(got)]).toEqual(Array.from({ length: 9000 }, (_, number) => number))
    const { details } = await source.until('syslog', 'all well', ({ health }) => health === 'ok')
    expect(details?.['forward']).toMatchObject([{ refused: 0, spool_overflow: 0 }])
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

describe('forwarding to rsyslogd', () => {
  testWith(
    ['program rsyslogd'],
    'restarted in order, it has everything in order, and at most a moment of it twice',
    async () => {
      await using peer = PeerCollector.rsyslogd()
      const port = freePort()
      const config = `global(workDirectory="${peer.folder}" net.enableDNS="off")
module(load="imtcp")
template(name="line" type="list") { constant(value="{") property(name="app-name" outname="app" format="jsonf") constant(value=",") property(name="msg" outname="msg" format="jsonf") constant(value="}\\n") }
ruleset(name="all") { action(type="omfile" file="${peer.path('kept')}" template="line") }
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="all")
`
      await peer.start(config, port)
      await using source = await startBox({
        config: `${listen()}${forward(`tcp://127.0.0.1:${port}`)}app = ["load"]\n`,
      })
      const kept = (): number[] =>
        (peer.lines('kept') as { readonly msg: string }[]).map(({ msg }) => Number(msg.trim().slice(2)))
      for (let round = 0; round < 3; round++) {
        await load(source, round * 3000, 3000)
        await peer.stop()
        await peer.start(config, port)
      }
      await waitFor('the last', () => kept().includes(8999) || undefined)
      expect(new Set(kept())).toEqual(new Set(Array.from({ length: 9000 }, (_, number) => number)))
      expect(stepsBack(kept())).toBeLessThanOrEqual(3)
    },
  )
})
