import { expect, test } from 'vitest'
import { KeAdmission } from '../../../daemons/ntp/nts/ke-admission.ts'
import { parsePrefix } from '../../../daemons/wire/address.ts'

const LAN = ['192.0.2.0/24', '2001:db8::/32'].flatMap((text) => parsePrefix(text) ?? [])

/** How many of so many connections at one moment are let in. */
function admitted(admission: KeAdmission, addresses: readonly string[], nowMs = 0): number {
  return addresses.filter((address) => admission.admit(LAN, address, nowMs) === 'admitted').length
}

test('only allowed clients are let in, mapped addresses as what they are', () => {
  const admission = new KeAdmission(1)
  const judged = ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', 'fe80::1%eth0', '198.51.100.1', ''].map((address) =>
    admission.admit(LAN, address, 0),
  )
  expect(judged).toEqual(['admitted', 'admitted', 'admitted', 'denied', 'denied', 'denied'])
})

test('one address gets sixteen handshakes at once and two a second, an IPv6 network too', () => {
  const admission = new KeAdmission(1)
  expect(
    admitted(
      admission,
      Array.from({ length: 100 }, () => '192.0.2.1'),
    ),
  ).toBe(16)
  expect(
    admitted(
      admission,
      Array.from({ length: 100 }, () => '192.0.2.1'),
      1000,
    ),
  ).toBe(2)
  expect(
    admitted(
      admission,
      Array.from({ length: 100 }, (_, host) => `2001:db8::${host + 1}`),
      1000,
    ),
  ).toBe(16)
  expect(admitted(admission, ['192.0.2.2'], 1000)).toBe(1)
})

test('all together get no more than the process can do beside telling the time', () => {
  const admission = new KeAdmission(1)
  const crowd = Array.from({ length: 2000 }, (_, host) => `2001:db8:0:${host.toString(16)}::1`)
  expect(admitted(admission, crowd)).toBe(200)
  expect(admitted(admission, crowd, 1000)).toBe(100)
})
