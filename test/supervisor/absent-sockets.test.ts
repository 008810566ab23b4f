import { expect, test } from 'vitest'
import { parseListenUrl } from '../../daemons/wire/listen-url.ts'
import { HeldSockets, type Kept } from '../../supervisor/sockets/held-sockets.ts'
import { isWithoutIpv6 } from '../../supervisor/sockets/socket-refusal.ts'
import { freePort } from '../support/free-port.ts'
import { socketSpec } from './open-fleet.ts'

const HERE = socketSpec('udp://127.0.0.1:0')
/** RFC 5737: no machine has it. */
const NOWHERE = socketSpec('udp://192.0.2.77:5514')
const NO_DEVICE = socketSpec('packet://nowhere0')

test('a service listens where it can; what is absent is told', () => {
  const sockets = new HeldSockets()
  const held = sockets.hold('syslog', [NOWHERE, HERE, NO_DEVICE])
  expect(held.map(({ spec }) => spec.text)).toEqual([HERE.text])
  expect(sockets.absences('syslog')).toEqual([
    'cannot open udp://192.0.2.77:5514: this machine does not have the address (now)',
    'cannot open packet://nowhere0: there is no interface nowhere0 (now)',
  ])
  expect(sockets.retry('syslog')).toBe(false)
  sockets.close()
  expect(sockets.absences('syslog')).toEqual([])
})

test('a service that could listen nowhere is refused', () => {
  const sockets = new HeldSockets()
  expect(() => sockets.hold('syslog', [NOWHERE])).toThrow('does not have the address')
  sockets.close()
})

test('an absent address stands in the way of a reload only when there is no other', () => {
  const sockets = new HeldSockets()
  expect(sockets.prepare('syslog', [NOWHERE, HERE])).toBeNull()
  expect(sockets.prepare('ntp', [NOWHERE, NO_DEVICE])).toContain('does not have the address')
  expect(sockets.prepare('http', [])).toBeNull()
  sockets.close()
})

test('a port that somebody else has is tried again, and taken when it is free', () => {
  const other = new HeldSockets()
  const port = freePort()
  other.hold('other', [socketSpec(`tcp://127.0.0.1:${port}`)])
  const sockets = new HeldSockets()
  expect(() => sockets.hold('http', [socketSpec(`tcp://127.0.0.1:${port}`)])).toThrow('taken')
  expect(sockets.retry('http')).toBe(false)
  other.close()
  expect(sockets.retry('http')).toBe(true)
  sockets.close()
})

test('sockets of a configuration that is refused are closed again', () => {
  const sockets = new HeldSockets()
  const free = freePort()
  sockets.hold('syslog', [HERE])
  expect(sockets.prepare('syslog', [HERE, socketSpec(`udp://127.0.0.1:${free}`)])).toBeNull()
  sockets.settle(false)
  expect(sockets.of('syslog').map(({ spec }) => spec.text)).toEqual([HERE.text])
  const other = new HeldSockets()
  expect(portOf(other.hold('ntp', [socketSpec(`udp://127.0.0.1:${free}`)])[0])).toBe(free)
  other.close()
  sockets.close()
})

test.each([
  ['udp://[::1]:514', { lo: ['IPv4'] }, true],
  ['udp://[::1]:514', { lo: ['IPv4', 'IPv6'] }, false],
  ['udp://127.0.0.1:514', { lo: ['IPv4'] }, false],
])('%s on a machine with %j is without IPv6: %s', (text, machine, want) => {
  const spec = { text, url: parseListenUrl(text) ?? HERE.url, probeOnly: false }
  const interfaces = Object.fromEntries(
    Object.entries(machine).map(([name, families]) => [name, families.map((family) => ({ family }))]),
  )
  expect(isWithoutIpv6(spec, interfaces as Parameters<typeof isWithoutIpv6>[1])).toBe(want)
})

function portOf(kept: Kept | undefined): number {
  const url = kept?.opened.url
  return url !== undefined && 'port' in url ? url.port : 0
}
