import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { socketUrl } from '../../daemons/linux/socket-url.ts'
import { listenUrl } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-socket-url-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('socketUrl', () => {
  test.each([
    'udp://127.0.0.1:0',
    'udp://[::1]:0',
    'udp://0.0.0.0%lo:0',
    'tcp://127.0.0.1:0',
    'tcp://[::]:0',
    `unix://${join(folder, 'log.sock')}`,
    `unix://@lanward-test-${process.pid}`,
    `unix-stream://${join(folder, 'stream.sock')}`,
  ])('tells where a socket opened as %s listens', (text) => {
    const { fd, url } = openSocket(listenUrl(text))
    const told = socketUrl(fd)
    closeFd(fd)
    expect(told).toEqual(url)
  })

  testWith(['root'], 'knows no URL for a frame socket', () => {
    const { fd } = openSocket(listenUrl('packet://lo'))
    const told = socketUrl(fd)
    closeFd(fd)
    expect(told).toBeNull()
  })

  test('knows no URL for a file and for a number that is not open', () => {
    const fd = openSync('/dev/null', 'r')
    expect(socketUrl(fd)).toBeNull()
    closeSync(fd)
    expect(socketUrl(1_000_000)).toBeNull()
  })
})
