import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { interfaceIndex } from '../../daemons/linux/interfaces.ts'
import { closeFd, openAmid, openSocket, sendWhole } from '../../daemons/linux/open-socket.ts'
import { readAcceptQueue } from '../../daemons/linux/socket-memory.ts'
import { getOption } from '../../daemons/linux/socket-options.ts'
import { listenUrl, openOnLoopback, readable } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-sockets-'))
afterAll(() => rmSync(folder, { recursive: true }))

const rmemMax = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'))

describe('openSocket', () => {
  test('refuses a taken port with EADDRINUSE and leaves no descriptor behind', () => {
    using taken = openOnLoopback('udp://127.0.0.1:0')
    expect(() => openSocket(listenUrl(`udp://127.0.0.1:${taken.port}`))).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE', syscall: 'bind' }),
    )
  })

  test('has one port for an address and for an interface of ours, and shares it with nobody else', () => {
    using address = openOnLoopback('udp://127.0.0.1:0')
    const onInterface = listenUrl(`udp://0.0.0.0%lo:${address.port}`)
    const inUse = expect.objectContaining({ code: 'EADDRINUSE' })
    expect(() => openAmid([], onInterface)).toThrow(inUse)
    const beside = openAmid([address], onInterface)
    expect([address, beside].map(({ fd }) => getOption(fd, 'SO_REUSEADDR'))).toEqual([0, 0])
    expect(() => openAmid([], onInterface)).toThrow(inUse)
    closeFd(beside.fd)
  })

  test('holds IPv4 and IPv6 on one port side by side', () => {
    using six = openOnLoopback('udp://[::]:0')
    const four = openSocket(listenUrl(`udp://0.0.0.0:${six.port}`))
    closeFd(four.fd)
    expect(getOption(six.fd, 'IPV6_V6ONLY')).toBe(1)
  })

  test('tells the receive buffer that the kernel really gave', () => {
    using small = openOnLoopback('udp://127.0.0.1:0', 65_536)
    expect(small.receiveBufferBytes).toBe(65_536)
    expect(getOption(small.fd, 'SO_RCVBUF')).toBe(2 * 65_536)
  })

  testWith(['root'], 'goes beyond rmem_max as root', () => {
    using big = openOnLoopback('udp://127.0.0.1:0', 2 * rmemMax)
    expect(big.receiveBufferBytes).toBe(2 * rmemMax)
  })

  test('lets connections wait in a listening TCP socket that nobody accepts from, and counts them', async () => {
    using socket = openOnLoopback('tcp://127.0.0.1:0')
    const clients = [connect(socket.port, '127.0.0.1'), connect(socket.port, '127.0.0.1')]
    await Promise.all(clients.map((client) => new Promise((resolve) => client.once('connect', resolve))))
    // Who connects is told so before the last packet of the handshake has come back here.
    await waitFor('both', () => readAcceptQueue(socket.fd) === 2 || undefined)
    for (const client of clients) client.destroy()
  })

  test.each(['unix', 'unix-stream'])('replaces a stale %s socket file and lets everybody write to it', (scheme) => {
    const path = join(folder, 'log.sock')
    closeFd(openSocket(listenUrl(`${scheme}://${path}`)).fd)
    const { fd } = openSocket(listenUrl(`${scheme}://${path}`))
    expect(statSync(path).isSocket()).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o666)
    closeFd(fd)
  })

  test('takes no path that somebody reads, of either type, and no file', async () => {
    const path = join(folder, 'taken.sock')
    const taken = (): unknown => openSocket(listenUrl(`unix://${path}`))
    const { fd } = openSocket(listenUrl(`unix://${path}`))
    expect(taken).toThrow('EADDRINUSE')
    closeFd(fd)
    rmSync(path)
    const server = createServer().listen(path)
    await once(server, 'listening')
    expect(taken).toThrow('EADDRINUSE')
    server.close()
    await once(server, 'close')
    writeFileSync(path, 'letters')
    expect(taken).toThrow('EADDRINUSE')
    expect(readFileSync(path, 'utf8')).toBe('letters')
  })

  test('refuses a unix path that does not fit', () => {
    expect(() => openSocket(listenUrl(`unix://${join(folder, 'x'.repeat(120))}`))).toThrow(/longer than 107/)
  })

  testWith(['root'], 'opens a frame socket that receives nothing, and refuses an interface that is not there', () => {
    const { fd } = openSocket(listenUrl('packet://lo'))
    closeFd(fd)
    expect(() => openSocket(listenUrl('packet://nosuch0'))).toThrow(expect.objectContaining({ code: 'ENODEV' }))
  })

  test('never cuts datagrams into pieces when told so, over IPv4, where that is a choice', () => {
    using four = openOnLoopback('udp://127.0.0.1:0')
    using six = openOnLoopback('udp://[::1]:0')
    expect(getOption(four.fd, 'IP_MTU_DISCOVER')).not.toBe(3)
    for (const { fd } of [four, six]) sendWhole(fd)
    expect(getOption(four.fd, 'IP_MTU_DISCOVER')).toBe(3)
  })

  testWith(['root'], 'binds to a device: SO_BROADCAST is on and the socket takes what comes over it', async () => {
    using socket = openOnLoopback('udp://0.0.0.0%lo:0')
    expect(getOption(socket.fd, 'SO_BROADCAST')).toBe(1)
    const { createSocket } = await import('node:dgram')
    const client = createSocket('udp4')
    client.send('x', socket.port, '127.0.0.1')
    await readable(socket.fd)
    client.close()
  })
})

describe('interfaceIndex', () => {
  test('knows loopback as 1 and an unknown name as 0', () => {
    expect(interfaceIndex('lo')).toBe(1)
    expect(interfaceIndex('nosuch0')).toBe(0)
  })
})
