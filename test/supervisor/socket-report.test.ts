import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import type { SocketReport } from '../../supervisor/control/control-protocol.ts'
import { reportSocket } from '../../supervisor/sockets/socket-report.ts'
import { listenUrl, openOnLoopback } from '../support/loopback.ts'
import { waitFor } from '../support/wait-for.ts'
import { socketSpec } from './open-fleet.ts'

function report(opened: ReturnType<typeof openSocket>): SocketReport {
  const [only] = reportSocket({ spec: socketSpec(formatListenUrl(opened.url)), opened })
  if (only === undefined) throw new Error('nothing is told')
  return only
}

test('a datagram socket tells what waits in it and, once it is full, what the kernel threw away', async () => {
  using socket = openOnLoopback('udp://127.0.0.1:0', 4096)
  const empty = report(socket)
  expect(empty).toEqual({
    listen: `udp://127.0.0.1:${socket.port}`,
    queued_bytes: 0,
    buffer_bytes: 8192,
    dropped: 0,
    waiting: null,
    backlog: null,
  })
  const client = createSocket('udp4')
  for (let sent = 0; sent < 40; sent++) client.send(Buffer.alloc(1000), socket.port, '127.0.0.1')
  const full = await waitFor('a loss', () => {
    const now = report(socket)
    return (now.dropped ?? 0) > 0 ? now : undefined
  })
  expect(full.queued_bytes).toBeGreaterThan(1000)
  client.close()
})

test('a listening socket tells how many connections wait, and how many may', async () => {
  using socket = openOnLoopback('tcp://127.0.0.1:0')
  const client = connect(socket.port, '127.0.0.1')
  await new Promise((resolve) => client.once('connect', resolve))
  const waiting = await waitFor('one that waits', () => (report(socket).waiting === 0 ? undefined : report(socket)))
  expect(waiting).toMatchObject({ queued_bytes: null, buffer_bytes: null, dropped: 0, waiting: 1 })
  expect(report(socket).backlog).toBeGreaterThan(100)
  client.destroy()
})

test('a unix socket tells no queue: its senders wait', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-socket-'))
  const opened = openSocket(listenUrl(`unix://${folder}/log.sock`))
  expect(report(opened)).toMatchObject({ listen: `unix://${folder}/log.sock`, queued_bytes: null, waiting: null })
  closeFd(opened.fd)
  rmSync(folder, { recursive: true })
})

test('the door of our own probes is not told', () => {
  using socket = openOnLoopback('udp://127.0.0.1:0')
  expect(reportSocket({ spec: { ...socketSpec('udp://127.0.0.1:0'), probeOnly: true }, opened: socket })).toEqual([])
})

test('a socket of which the kernel tells nothing is told all the same', () => {
  const opened = { fd: 1 << 20, url: listenUrl('udp://127.0.0.1:9'), receiveBufferBytes: null }
  expect(report(opened)).toMatchObject({ listen: 'udp://127.0.0.1:9', queued_bytes: null, dropped: null })
})
