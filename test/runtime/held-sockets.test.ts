import { describe, expect, test } from 'vitest'
import { formatSocketName, takeHeldSockets } from '../../daemons/runtime/held-sockets.ts'

describe('takeHeldSockets', () => {
  test('reads names as listen URLs and knows the door of the probe', () => {
    const names = [formatSocketName('udp://[::1]:514', false), formatSocketName('udp://127.0.0.1:41000', true)].join(
      ':',
    )
    const sockets = takeHeldSockets({ LISTEN_FDS: '2', LISTEN_FDNAMES: names }, 1)
    expect(sockets).toEqual([
      {
        fd: 3,
        name: 'udp://[::1]:514',
        url: { scheme: 'udp', host: '::1', device: null, port: 514 },
        probeOnly: false,
      },
      {
        fd: 4,
        name: 'udp://127.0.0.1:41000',
        url: { scheme: 'udp', host: '127.0.0.1', device: null, port: 41000 },
        probeOnly: true,
      },
    ])
  })

  test.each([
    ['nothing passed', {}],
    ['a count of zero', { LISTEN_FDS: '0' }],
    ['a count that is no number', { LISTEN_FDS: 'two' }],
    ['sockets meant for another process', { LISTEN_FDS: '1', LISTEN_FDNAMES: 'x', LISTEN_PID: '2' }],
  ])('gives null for %s', (_title, environment) => {
    expect(takeHeldSockets(environment, 1)).toBeNull()
  })

  test('refuses a descriptor that neither its name nor the kernel tells to be a socket', () => {
    const names = new Array(2000).fill('connection').join(':')
    expect(() => takeHeldSockets({ LISTEN_FDS: '2000', LISTEN_FDNAMES: names }, 1)).toThrow(
      /"connection" is no listen URL, and it is no such socket/,
    )
  })
})
