import { once } from 'node:events'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startBox } from '../support/box.ts'
import { waitFor } from '../support/wait-for.ts'

test('600 connections that ask for a large file and do not read leave http well by its probe, and are ended', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lanward-crowd-'))
  writeFileSync(join(root, 'large.bin'), '')
  truncateSync(join(root, 'large.bin'), 64 * 1024 * 1024)
  await using box = await startBox({
    config: `[http]\nlisten = ["tcp://127.0.0.1:0"]\nroot = "${root}"\n`,
    supervisor: 'probe_every = "100ms"',
  })
  const { pid } = await box.service('http')
  const port = await box.port('http', 'tcp')
  const crowd: Socket[] = []
  for (let index = 0; index < 600; index++) {
    const socket = connect(port, '127.0.0.1').pause()
    socket.on('error', () => socket.destroy())
    await once(socket, 'connect')
    socket.write('GET /large.bin HTTP/1.1\r\nHost: box\r\n\r\n')
    crowd.push(socket)
  }
  const before = (await box.service('http')).counters['probes'] ?? 0
  const http = await box.until('http', 'twenty probes', ({ counters }) => (counters['probes'] ?? 0) >= before + 20)
  expect(http).toMatchObject({ state: 'ready', health: 'ok', pid, restarts: 0 })
  expect(http.counters['turned_away']).toBeGreaterThan(400)
  const isAlone = async (): Promise<true | undefined> =>
    /^[01] connections?$/.test((await box.service('http')).status) || undefined
  await waitFor('the end of the crowd', isAlone)
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  for (const socket of crowd) socket.destroy()
  rmSync(root, { recursive: true })
})
