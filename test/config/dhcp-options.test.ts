import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeRoutes, hasDefaultRoute } from '../../config/dhcp-options/classless-routes.ts'
import { encodeDomainNames } from '../../config/dhcp-options/domain-names.ts'
import { KNOWN_OPTIONS, NAMED_OPTIONS } from '../../config/dhcp-options/known-options.ts'
import { TAKEN_CODES, TAKEN_NAMES } from '../../config/dhcp-options/taken-options.ts'
import { Complaint } from '../../config/pieces/piece.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { configOf, problemsOf, subnetText } from './check-text.ts'

/** What goes on the wire for one item of `options`. */
function wireOf(item: string): unknown {
  const [daemon] = configOf(subnetText(`options = [{ ${item} }]`)).daemons
  return daemon?.name === 'dhcp' ? daemon.section.subnets[0]?.options[0] : undefined
}

const text = (value: string): string => Buffer.from(value).toString('hex')

test.each<[string, number, string]>([
  ['name = "tftp-server-name", value = "boot.lab.example"', 66, text('boot.lab.example')],
  ['name = "boot-file-name", value = "pxelinux.0"', 67, text('pxelinux.0')],
  ['name = "time-offset", value = -3600', 2, 'fffff1f0'],
  ['name = "interface-mtu", value = 9000', 26, '2328'],
  ['name = "ip-forwarding", value = true', 19, '01'],
  ['name = "netbios-node-type", value = 8', 46, '08'],
  ['name = "tftp-server-addresses", value = "192.0.2.7"', 150, 'c0000207'],
  ['name = "capwap-controllers", value = ["192.0.2.7", "192.0.2.8"]', 138, 'c0000207c0000208'],
  ['name = "static-routes", value = ["10.0.0.1 192.0.2.9"]', 33, '0a000001c0000209'],
  ['name = "posix-timezone", value = "CET-1CEST"', 100, text('CET-1CEST')],
  ['name = "tzdb-timezone", value = "Europe/Berlin"', 101, text('Europe/Berlin')],
  ['name = "ipv6-only-preferred", value = 1800', 108, '00000708'],
  ['name = "captive-portal", value = "https://portal.example/api"', 114, text('https://portal.example/api')],
  ['name = "mud-url", value = "https://lamp.example/mud"', 161, text('https://lamp.example/mud')],
  ['name = "proxy-autodiscovery", value = "http://w/wpad.dat"', 252, text('http://w/wpad.dat')],
  // RFC 3397 section 3: the second name ends in a pointer to the tail of the first.
  [
    'name = "domain-search", value = ["eng.apple.com.", "marketing.apple.com."]',
    119,
    `03656e67056170706c6503636f6d00096d61726b6574696e67c004`,
  ],
  // RFC 3442: as many octets as the prefix covers.
  [
    'name = "classless-static-routes", value = ["default via 192.0.2.1", "10.0.0.0/8 via 192.0.2.2", "10.1.2.0/24 via 192.0.2.3", "10.9.9.9 via 0.0.0.0"]',
    121,
    '00c0000201080ac0000202180a0102c0000203200a09090900000000',
  ],
  ['name = "microsoft-classless-static-routes", value = "10.229.0.128/25 via 192.0.2.2"', 249, '190ae50080c0000202'],
  ['name = "sip-servers", value = ["192.0.2.5"]', 120, '01c0000205'],
  ['name = "sip-servers", value = ["sip.lab.example"]', 120, '0003736970036c6162076578616d706c6500'],
  [
    'name = "vendor-specific", value = [{ code = 6, type = "u8", value = 8 }, { code = 10, type = "string", value = "PXE" }]',
    43,
    '0601080a03505845',
  ],
  ['name = "vendor-specific", value = "0104:c0000201"', 43, '0104c0000201'],
  [
    'name = "vendor-identifying-options", value = [{ enterprise = 4491, options = [{ code = 2, type = "ipv4", value = "192.0.2.1" }] }]',
    125,
    '0000118b060204c0000201',
  ],
  ['code = 66, value = "boot"', 66, text('boot')],
  ['code = 66, type = "hex", value = "626f6f74"', 66, text('boot')],
  ['code = 150, type = "string", value = "http://phones.example"', 150, text('http://phones.example')],
  ['code = 230, type = "domains", value = "a.b"', 230, '0161016200'],
])('%s is option %i: %s', (item, code, hex) => {
  expect(wireOf(item)).toEqual({ code, hex, always: false })
})

test('an option may be sent always', () => {
  expect(wireOf('name = "captive-portal", value = "https://p", always = true')).toEqual({
    code: 114,
    hex: text('https://p'),
    always: true,
  })
})

test.each<[string, string]>([
  [
    'name = "tftp-servername", value = "x"',
    '.name: "tftp-servername" is not a known option; did you mean "tftp-server-name"?',
  ],
  ['name = "routers", value = "10.0.0.1"', '.name: must not be "routers": this option is the key `routers`'],
  ['name = "client-uuid", value = "x"', '.name: must not be "client-uuid": this option is sent by clients'],
  ['code = 224, type = "u8", value = 1', '.code: must not be 224: this option marks the health probe'],
  ['value = 1', ': must have a name, or a code and a type'],
  ['code = 230, value = 1', ': must have a type: option 230 has no name that tells it'],
  [
    'name = "boot-file-name", code = 66, value = "x"',
    '.code: must not stand beside name: "boot-file-name" is option 67',
  ],
  ['name = "interface-mtu", value = 70000', '.value: must be a whole number from 0 to 65535, not 70000'],
  ['name = "interface-mtu", value = [1, 2]', '.value: must be a whole number from 0 to 65535, not a list'],
  ['name = "captive-portal", value = 3', '.value: must be text, not 3'],
  ['name = "boot-file-name", value = "a\\u0000b"', '.value: must be text, not "a\\u0000b"'],
  ['name = "boot-file-name", value = ""', '.value: must be text, not empty'],
  ['name = "swap-server", value = "10.0.0"', '.value: must be an IPv4 address, not "10.0.0"'],
  ['code = 26, type = "hex", value = "010203"', '.value: must have 2 bytes as option 26 (interface-mtu), not 3'],
  [
    'code = 4, type = "hex", value = "010203"',
    '.value: must have a multiple of 4 bytes as option 4 (time-servers), not 3',
  ],
  ['code = 230, type = "hex", value = "0"', '.value: must be bytes in hex such as "0a0b0c", not "0"'],
  [
    'name = "classless-static-routes", value = ["10.0.0.1/8 via 10.0.0.2"]',
    '.value: must be a route such as "10.0.0.0/8 via 192.168.50.2", not "10.0.0.1/8 via 10.0.0.2"',
  ],
  ['name = "domain-search", value = ["a..b"]', '.value: must be a domain such as "lab.example", not "a..b"'],
  [
    'name = "sip-servers", value = ["10.0.0.1", 3]',
    '.value: must be a list of addresses or a list of domains, not a list',
  ],
  [
    'name = "vendor-specific", value = [{ code = 6, type = "u8", value = 300 }]',
    '.value: sub-option 6 must be a whole number from 0 to 255 or a list of them, not 300',
  ],
  [
    'name = "vendor-specific", value = [{ code = 6, typ = "u8", value = 3 }]',
    '.value: holds the unknown key "typ"; known: code, type, value',
  ],
  [
    'name = "vendor-identifying-options", value = [{ enterprise = -1, options = [] }]',
    '.value: must have an enterprise from 0 to 4294967295, not -1',
  ],
])('%s is refused', (item, message) => {
  const [problem, ...others] = problemsOf(subnetText(`options = [{ ${item} }]`))
  expect(problem).toBe(`f.toml:5: dhcp.subnet[0].options[0]${message}`)
  expect(others).toEqual([])
})

test('no name stands for two codes, and no code is both offered and refused', () => {
  expect(NAMED_OPTIONS.size).toBe(KNOWN_OPTIONS.size)
  expect([...KNOWN_OPTIONS.keys()].filter((code) => TAKEN_CODES.has(code))).toEqual([])
  expect([...TAKEN_NAMES.values()].filter((code) => !TAKEN_CODES.has(code))).toEqual([])
  expect([...TAKEN_NAMES.keys()].filter((name) => NAMED_OPTIONS.has(name))).toEqual([])
})

/** Reads names back as RFC 1035 section 4.1.4 says. */
function readNames(octets: readonly number[]): string[] {
  const names: string[] = []
  for (let at = 0; at < octets.length; ) {
    const labels: string[] = []
    let from = at
    let end = -1
    for (let steps = 0; steps < 200; steps++) {
      const length = octets[from] ?? 0
      if (length >= 0xc0) {
        if (end < 0) end = from + 2
        from = ((length & 0x3f) << 8) | (octets[from + 1] ?? 0)
      } else if (length === 0) {
        if (end < 0) end = from + 1
        break
      } else {
        labels.push(Buffer.from(octets.slice(from + 1, from + 1 + length)).toString('latin1'))
        from += 1 + length
      }
    }
    names.push(labels.join('.'))
    at = end
  }
  return names
}

test('compressed domain names read back as they were, in no more octets than plain ones', () => {
  const label = fc.stringMatching(/^[a-c]{1,3}$/)
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 40 }), (names) => {
      const octets = encodeDomainNames(names)
      if (octets instanceof Complaint) throw new Error(octets.message)
      expect(readNames(octets)).toEqual(names)
      expect(octets.length).toBeLessThanOrEqual(names.reduce((sum, one) => sum + one.length + 2, 0))
    }),
  )
})

/** Reads routes back as RFC 3442 says. */
function readRoutes(octets: readonly number[]): string[] {
  const routes: string[] = []
  for (let at = 0; at < octets.length; ) {
    const bits = octets[at] ?? 0
    const width = Math.ceil(bits / 8)
    const network = [...octets.slice(at + 1, at + 1 + width), 0, 0, 0, 0].slice(0, 4).join('.')
    routes.push(`${network}/${bits} via ${octets.slice(at + 1 + width, at + 5 + width).join('.')}`)
    at += 5 + width
  }
  return routes
}

test('routes read back as they were', () => {
  const route = fc.tuple(fc.nat(0xffffffff), fc.nat(32), fc.nat(0xffffffff)).map(([network, bits, gateway]) => {
    const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0
    return `${formatIpv4((network & mask) >>> 0)}/${bits} via ${formatIpv4(gateway)}`
  })
  fc.assert(
    fc.property(fc.array(route, { minLength: 1, maxLength: 20 }), (routes) => {
      const octets = encodeRoutes(routes)
      if (octets instanceof Complaint) throw new Error(octets.message)
      expect(readRoutes(octets)).toEqual(routes)
      expect(hasDefaultRoute(Uint8Array.from(octets))).toBe(routes.some((one) => one.startsWith('0.0.0.0/0 ')))
    }),
  )
})
