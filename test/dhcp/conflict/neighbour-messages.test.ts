import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeNeighbourAdvertisement,
  encodeNeighbourSolicitation,
} from '../../../daemons/dhcp/conflict/neighbour-messages.ts'
import { internetChecksum } from '../../../daemons/dhcp/message/frame.ts'
import { addressBytes } from '../../../daemons/dhcp/v6/address.ts'
import { address } from '../v6/client-message.ts'

const TARGET = 'fd000050000000000000000000001000'
/** As the Linux kernel answers: flags S and O, then the address and the hardware address that has it. */
const ADVERTISEMENT = `8800123460000000${TARGET}0201525400000009`

const hex = (digits: string): Uint8Array => Buffer.from(digits, 'hex')

test('encodeNeighbourSolicitation asks the group of an address, from who asks, with the checksum that the kernel checks', () => {
  const source = { hardware: hex('525400000001'), linkLocal: addressBytes(address('fe80::1')) }
  const frame = Buffer.from(encodeNeighbourSolicitation(address('fd00:50::12:3456'), source)).toString('hex')
  const zeros = '0'.repeat(16)
  expect(frame.slice(0, 28)).toBe('3333ff12345652540000000186dd')
  expect(frame.slice(28, 108)).toBe(`6000000000203afffe800000${zeros}00000001ff0200000000000000000001ff123456`)
  expect(frame.slice(108)).toMatch(/^8700[0-9a-f]{4}00000000fd000050000000000000000000123456010152540{7}1$/)
  const pseudo = hex(`${frame.slice(44, 108)}000000200000003a${frame.slice(108)}`)
  expect(internetChecksum(pseudo, 0)).toBe(0)
})

test('decodeNeighbourAdvertisement tells who has an address', () => {
  const has = { address: address('fd00:50::1000') }
  expect(decodeNeighbourAdvertisement(hex(ADVERTISEMENT), 255)).toEqual({ ...has, mac: '52:54:00:00:00:09' })
  expect(decodeNeighbourAdvertisement(hex(ADVERTISEMENT.slice(0, 48)), 255)).toEqual({ ...has, mac: '' })
  expect(decodeNeighbourAdvertisement(hex(`${ADVERTISEMENT}0e01000000000000`), 255)).toMatchObject(has)
})

test.each([
  ['came from another link', ADVERTISEMENT, 254, 'hop_limit'],
  ['is too short', ADVERTISEMENT.slice(0, 46), 255, 'short'],
  ['has another code', `8801${ADVERTISEMENT.slice(4)}`, 255, 'code'],
  ['has an option of no length', `${ADVERTISEMENT.slice(0, 48)}0200525400000009`, 255, 'option'],
  ['is about a group', ADVERTISEMENT.replace('fd', 'ff'), 255, 'source'],
])('decodeNeighbourAdvertisement ignores one that %s', (_, digits, hopLimit, fault) => {
  expect(decodeNeighbourAdvertisement(hex(digits), hopLimit)).toBe(fault)
})

test('decodeNeighbourAdvertisement never throws', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void decodeNeighbourAdvertisement(bytes, 255)))
})
