import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeClientFqdn } from '../../../daemons/dhcp/message/client-fqdn.ts'
import { sanitizeHostname } from '../../../daemons/dhcp/message/hostname.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import { DeskScenario } from '../desk-scenario.ts'

const MAC = '52:54:00:00:00:01'
const octets = (text: string): number[] => [...Buffer.from(text, 'latin1')]
const labels = (...names: readonly string[]): number[] => names.flatMap((name) => [name.length, ...octets(name)])

/** The name in the lease of a client that sends these options. */
function leasedName(options: readonly (readonly [number, readonly number[]])[]): string | null | undefined {
  const scenario = new DeskScenario()
  scenario.lease(MAC, { options })
  return [...scenario.desk.book.leases()][0]?.hostname
}

describe('the name of a lease', () => {
  test.each([
    ['the host name', [[OPTION.hostName, octets('laptop')]], 'laptop'],
    ['the plain name of option 81, as udhcpc -F sends it', [[OPTION.clientFqdn, [1, 0, 0, ...octets('zz')]]], 'zz'],
    ['the labels of option 81', [[OPTION.clientFqdn, [5, 255, 255, ...labels('zz', 'lab'), 0]]], 'zz.lab'],
    ['labels without their root', [[OPTION.clientFqdn, [4, 0, 0, ...labels('zz')]]], 'zz'],
    [
      'the host name before option 81',
      [
        [OPTION.clientFqdn, [0, 0, 0, ...octets('other')]],
        [OPTION.hostName, octets('laptop')],
      ],
      'laptop',
    ],
    [
      'option 81 where nothing is left of the host name',
      [
        [OPTION.hostName, octets('...')],
        [OPTION.clientFqdn, [0, 0, 0, ...octets('zz')]],
      ],
      'zz',
    ],
    ['a name without what steers terminals', [[OPTION.clientFqdn, [0, 0, 0, ...octets('a\u001b[2Jb')]]], 'a--2Jb'],
    ['none for flags alone', [[OPTION.clientFqdn, [1, 0, 0]]], null],
    ['none for less than flags', [[OPTION.clientFqdn, [1]]], null],
    ['none for a label over the end', [[OPTION.clientFqdn, [4, 0, 0, 9, 97]]], null],
    ['none for a pointer', [[OPTION.clientFqdn, [4, 0, 0, 0xc0, 0]]], null],
  ] as const)('is %s', (_title, options, name) => {
    expect(leasedName(options)).toBe(name)
  })
})

test('decodeClientFqdn and sanitizeHostname make of any octets a host name or nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const name = sanitizeHostname(decodeClientFqdn(bytes) ?? bytes)
      expect(name === null || (/^[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*$/.test(name) && name.length <= 253)).toBe(true)
    }),
  )
})
