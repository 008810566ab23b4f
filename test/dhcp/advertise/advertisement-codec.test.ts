import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeAdvertisement } from '../../../daemons/dhcp/advertise/decode-advertisement.ts'
import { encodeAdvertisement } from '../../../daemons/dhcp/advertise/encode-advertisement.ts'
import type { RouterAdvertisement } from '../../../daemons/dhcp/advertise/router-advertisement.ts'
import { solicitationFault } from '../../../daemons/dhcp/advertise/router-solicitation.ts'
import { readPacket } from '../packet-file.ts'
import { advertisement, ip6 } from './link.ts'

const FROM_LINK = { source: ip6('fe80::1'), hopLimit: 255 }
const UNSPECIFIED = new Uint8Array(16)

function decoded(bytes: Uint8Array): RouterAdvertisement {
  const result = decodeAdvertisement(Uint8Array.from(bytes), FROM_LINK)
  if (result.kind !== 'advertisement') throw new Error(`malformed: ${result.reason}`)
  return result.told
}

/** What several messages say together. */
function together(messages: readonly Uint8Array[]): RouterAdvertisement {
  const parts = messages.map(decoded)
  return {
    ...(parts[0] ?? advertisement()),
    linkAddress: parts.flatMap((part) => part.linkAddress ?? [])[0] ?? null,
    mtu: parts.flatMap((part) => part.mtu ?? [])[0] ?? null,
    prefixes: parts.flatMap((part) => part.prefixes),
    nameServers: parts.flatMap((part) => part.nameServers),
    searchDomains: parts.flatMap((part) => part.searchDomains),
    namesSeconds: Math.max(...parts.map((part) => part.namesSeconds)),
    captivePortal: parts.flatMap((part) => part.captivePortal ?? [])[0] ?? null,
    nat64: parts.flatMap((part) => part.nat64),
  }
}

describe('solicitationFault', () => {
  const plain = Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0)
  const option = (...octets: number[]): Uint8Array => Uint8Array.from([...plain, ...octets])

  test.each([
    ['what the kernel of Linux sends', readPacket('linux-solicitation'), FROM_LINK, null],
    ['one without options', plain, FROM_LINK, null],
    ['one of a host without an address', plain, { ...FROM_LINK, source: UNSPECIFIED }, null],
    ['an option that nobody knows', option(253, 1, 0, 0, 0, 0, 0, 0), FROM_LINK, null],
    ['a hop limit that a router lowered', plain, { ...FROM_LINK, hopLimit: 254 }, 'hop_limit'],
    ['a socket that does not tell the hop limit', plain, { ...FROM_LINK, hopLimit: -1 }, 'hop_limit'],
    ['another code', Uint8Array.of(133, 1, 0, 0, 0, 0, 0, 0), FROM_LINK, 'code'],
    ['seven octets', plain.subarray(0, 7), FROM_LINK, 'short'],
    ['an option without a length', option(1, 0, 0, 0, 0, 0, 0, 0), FROM_LINK, 'option'],
    ['an option that runs over the end', option(1, 2, 0, 0, 0, 0, 0, 0), FROM_LINK, 'option'],
    ['half an option', option(1), FROM_LINK, 'option'],
    [
      'a link-layer address from no address',
      readPacket('linux-solicitation'),
      { ...FROM_LINK, source: UNSPECIFIED },
      'source',
    ],
  ] as const)('finds in %s', (_title, bytes, arrival, fault) => {
    expect(solicitationFault(bytes, arrival)).toBe(fault)
  })
})

describe('decodeAdvertisement', () => {
  const plain = Uint8Array.of(134, ...new Uint8Array(15))

  test('reads what dnsmasq sends', () => {
    expect(decoded(readPacket('dnsmasq-advertisement'))).toEqual(
      advertisement({
        hopLimit: 64,
        managed: true,
        other: true,
        preference: 'high',
        routerLifetimeSeconds: 1200,
        linkAddress: Uint8Array.of(0x06, 0xbf, 0x14, 0x09, 0xe1, 0xc8),
        mtu: 1480,
        prefixes: [
          {
            prefix: ip6('2001:db8:1:2::'),
            bits: 64,
            onLink: true,
            autonomous: false,
            validSeconds: 3600,
            preferredSeconds: 3600,
          },
        ],
        searchDomains: ['lab.example'],
        namesSeconds: 3600,
      }),
    )
  })

  test.each([
    ['an address that is not of the link', plain, { ...FROM_LINK, source: ip6('2001:db8::1') }, 'source'],
    ['a hop limit that a router lowered', plain, { ...FROM_LINK, hopLimit: 64 }, 'hop_limit'],
    ['fifteen octets', plain.subarray(0, 15), FROM_LINK, 'short'],
    ['another code', Uint8Array.from(plain, (octet, at) => (at === 1 ? 9 : octet)), FROM_LINK, 'code'],
    ['an option without a length', Uint8Array.from([...plain, 3, 0]), FROM_LINK, 'option'],
  ] as const)('refuses %s', (_title, bytes, arrival, reason) => {
    expect(decodeAdvertisement(bytes, arrival)).toEqual({ kind: 'malformed', reason })
  })

  test('leaves out options that are too short or say what cannot be', () => {
    const tooLong = [3, 4, 129, ...new Uint8Array(29)]
    const short = [3, 1, 64, 0, 0, 0, 0, 0]
    const noNat64 = [38, 2, 0, 7, ...new Uint8Array(12)]
    expect(decoded(Uint8Array.from([...plain, ...tooLong, ...short, ...noNat64]))).toEqual(advertisement())
  })
})

const seconds = fc.nat({ max: 0xffffffff })
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const label = fc.stringMatching(/^[a-z0-9]{1,20}$/)

const arbitraryAdvertisement: fc.Arbitrary<RouterAdvertisement> = fc
  .record({
    hopLimit: fc.nat({ max: 255 }),
    managed: fc.boolean(),
    other: fc.boolean(),
    preference: fc.constantFrom('low', 'medium', 'high'),
    routerLifetimeSeconds: fc.nat({ max: 9000 }),
    reachableMs: seconds,
    retransMs: seconds,
    linkAddress: fc.option(octets(6)),
    mtu: fc.option(fc.integer({ min: 1280, max: 65_535 })),
    prefixes: fc.array(
      fc.record({
        prefix: octets(16),
        bits: fc.nat({ max: 128 }),
        onLink: fc.boolean(),
        autonomous: fc.boolean(),
        validSeconds: seconds,
        preferredSeconds: seconds,
      }),
      { maxLength: 60 },
    ),
    nameServers: fc.array(octets(16), { maxLength: 100 }),
    searchDomains: fc.array(
      fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
      { maxLength: 40 },
    ),
    namesSeconds: seconds,
    captivePortal: fc.option(fc.stringMatching(/^https:\/\/[a-z]{1,240}$/)),
    nat64: fc.array(
      fc.record({
        prefix: octets(16).map((prefix) => Uint8Array.from(prefix, (octet, at) => (at < 12 ? octet : 0))),
        bits: fc.constantFrom(96, 64, 56, 48, 40, 32),
        lifetimeSeconds: fc.nat({ max: 0x1fff }).map((units) => 8 * units),
      }),
      { maxLength: 10 },
    ),
  })
  .map((told) => ({
    ...told,
    namesSeconds: told.nameServers.length + told.searchDomains.length > 0 ? told.namesSeconds : 0,
  }))

test('what is encoded is decoded as the same, in messages that fit every link', () => {
  fc.assert(
    fc.property(arbitraryAdvertisement, (told) => {
      const messages = encodeAdvertisement(told)
      for (const message of messages) expect(message.length).toBeLessThanOrEqual(1240)
      expect(together(messages)).toEqual(told)
    }),
  )
})

test('no octets make the decoders throw, and what is understood of them is encoded so that it is understood again', () => {
  const arbitrary = fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from([134, 0, ...bytes]))
  fc.assert(
    fc.property(arbitrary, (bytes) => {
      solicitationFault(bytes, FROM_LINK)
      const result = decodeAdvertisement(bytes, FROM_LINK)
      if (result.kind === 'advertisement') expect(together(encodeAdvertisement(result.told))).toEqual(result.told)
    }),
  )
})
