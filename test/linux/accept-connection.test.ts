import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acceptConnection } from '../../daemons/linux/accept-connection.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { openOnLoopback, readable } from '../support/loopback.ts'

test.each(['127.0.0.1', '::1'])(
  'acceptConnection takes what waits at %s, with its address, and never waits',
  async (host) => {
    using socket = openOnLoopback(host === '::1' ? 'tcp://[::1]:0' : 'tcp://127.0.0.1:0')
    const peer = connect(socket.port, host)
    await Promise.all([once(peer, 'connect'), readable(socket.fd)])
    const accepted = acceptConnection(socket.fd)
    expect(accepted?.peer).toBe(`${host === '::1' ? '[::1]' : host}:${peer.localPort}`)
    expect(acceptConnection(socket.fd)).toBeNull()
    // O_NONBLOCK and O_CLOEXEC, octal.
    expect(readFileSync(`/proc/self/fdinfo/${accepted?.fd}`, 'latin1')).toMatch(/^flags:\s+02004002$/m)
    closeFd(accepted?.fd ?? -1)
    peer.destroy()
  },
)

test('acceptConnection calls programs of this machine unix', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-accept-'))
  using socket = openOnLoopback(`unix-stream://${folder}/socket`)
  const peer = connect(join(folder, 'socket'))
  await Promise.all([once(peer, 'connect'), readable(socket.fd)])
  const accepted = acceptConnection(socket.fd)
  expect(accepted?.peer).toBe('unix')
  closeFd(accepted?.fd ?? -1)
  peer.destroy()
  rmSync(folder, { recursive: true })
})

test('acceptConnection throws what is wrong with the socket', () => {
  using socket = openOnLoopback('udp://127.0.0.1:0')
  expect(() => acceptConnection(socket.fd)).toThrow('accept4')
})
