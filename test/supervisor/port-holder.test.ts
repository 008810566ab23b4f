import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findPortHolder } from '../../supervisor/sockets/port-holder.ts'
import {
  encodeHost,
  exactInodes,
  inodesOfPath,
  rivalInodes,
  socketsOfPort,
} from '../../supervisor/sockets/socket-table.ts'
import { listenUrl, openOnLoopback } from '../support/loopback.ts'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (address: string, state: string, inode: number): string =>
  `  1: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 0 0\n`

describe('the tables of the kernel', () => {
  test('socketsOfPort finds bound UDP sockets, and of TCP only listening ones', () => {
    const table = `${HEAD}${row('0100007F:0202', '07', 11)}${row('0100007F:0202', '0A', 12)}${row('0100007F:0203', '0A', 13)}`
    const inodes = (protocol: 'udp' | 'tcp'): string[] => socketsOfPort(table, 514, protocol).map(({ inode }) => inode)
    expect(inodes('udp')).toEqual(['11', '12'])
    expect(inodes('tcp')).toEqual(['12'])
    expect(socketsOfPort('', 514, 'udp')).toEqual([])
  })

  test.each([
    ['127.0.0.1', '0100007F'],
    ['192.168.50.1', '0132A8C0'],
    ['::1', '00000000000000000000000001000000'],
    ['2001:db8::5', 'B80D0120000000000000000005000000'],
  ])('encodeHost writes %s as %s', (host, text) => expect(encodeHost(host)).toBe(text))

  test('inodesOfPath finds who is bound to a path, with spaces in it too', () => {
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '00000000df486981: 00000003 00000000 00000000 0001 03 207703',
      '00000000df486982: 00000002 00000000 00010000 0002 01    71 /run/a b/log',
    ].join('\n')
    expect(inodesOfPath(table, '/run/a b/log')).toEqual(['71'])
    expect(inodesOfPath(table, '/run/a')).toEqual([])
  })
})

describe('who stands in the way', () => {
  const proc = mkdtempSync(join(tmpdir(), 'lanward-proc-'))
  afterAll(() => rmSync(proc, { recursive: true }))
  mkdirSync(join(proc, 'net'))
  const udp = [row('3500007F:0035', '07', 1), row('0100007F:0035', '07', 2), row('00000000:0043', '07', 3)]
  writeFileSync(join(proc, 'net/udp'), HEAD + udp.join(''))
  writeFileSync(join(proc, 'net/udp6'), HEAD + row(`${'0'.repeat(32)}:0202`, '07', 4))
  for (const [pid, name, inode] of [
    [10, 'systemd-resolved', 1],
    [20, 'dnsmasq', 2],
    [30, 'dhcpd', 3],
    [40, 'rsyslogd', 4],
  ] as const) {
    mkdirSync(join(proc, `${pid}/fd`), { recursive: true })
    symlinkSync(`socket:[${inode}]`, join(proc, `${pid}/fd/3`))
    symlinkSync(`/usr/sbin/${name}`, join(proc, `${pid}/exe`))
  }

  test.each([
    ['udp://127.0.0.1:53', 'dnsmasq'],
    ['udp://127.0.0.53:53', 'systemd-resolved'],
    ['udp://192.168.50.1:67', 'dhcpd'],
    ['udp://[::1]:514', 'rsyslogd'],
    ['udp://127.0.0.1:514', 'rsyslogd'],
    ['udp://192.168.50.1:53', undefined],
    ['tcp://127.0.0.1:53', undefined],
    ['packet://eth0', undefined],
  ])('of %s: %s', (text, name) => {
    expect(findPortHolder(listenUrl(text), proc)?.name).toBe(name)
  })

  test('one address more or less is another socket', () => {
    expect([...exactInodes(listenUrl('udp://127.0.0.1:53'), proc)]).toEqual(['2'])
    expect([...rivalInodes(listenUrl('udp://0.0.0.0:53'), proc)]).toEqual(['1', '2'])
    expect([...exactInodes(listenUrl('udp://0.0.0.0:53'), proc)]).toEqual([])
  })

  test('is found on a real machine: us', () => {
    using socket = openOnLoopback('tcp://127.0.0.1:0')
    expect(findPortHolder(socket.url)).toMatchObject({ pid: process.pid })
  })
})
