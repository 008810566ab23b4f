import fc from 'fast-check'
import type { Message } from '../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'

const uint32 = fc.nat({ max: 0xffffffff })
const uint16 = fc.nat({ max: 0xffff })

/** Codes whose values may have any length. */
const freeCode = fc
  .integer({ min: 1, max: 254 })
  .filter((code) => ![OPTION.optionOverload, 50, 51, 53, 54, 57, 61, 118].includes(code))

function field(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: length }).map((bytes) => {
    let end = bytes.length
    while (end > 0 && bytes[end - 1] === 0) end--
    return bytes.slice(0, end)
  })
}

/** Any message that can be encoded. */
export const arbitraryMessage: fc.Arbitrary<Message> = fc.record({
  op: fc.constantFrom(1, 2),
  htype: fc.nat({ max: 255 }),
  hlen: fc.nat({ max: 16 }),
  hops: fc.nat({ max: 255 }),
  xid: uint32,
  secs: uint16,
  flags: uint16,
  ciaddr: uint32,
  yiaddr: uint32,
  siaddr: uint32,
  giaddr: uint32,
  chaddr: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sname: field(64),
  file: field(128),
  options: fc
    .uniqueArray(fc.tuple(freeCode, fc.uint8Array({ maxLength: 600 })), { selector: ([code]) => code, maxLength: 12 })
    .map((entries) => new Map(entries))
    .chain((options) =>
      fc
        .option(fc.uint8Array({ maxLength: 255 }))
        .map((identifier) => (identifier === null ? options : new Map([...options, [61, identifier]]))),
    ),
})

/** A message that decodes down to its options, then rubbish. */
export const arbitraryDatagram: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.uint8Array({ minLength: 236, maxLength: 236 }), fc.uint8Array({ maxLength: 400 }), fc.constantFrom(1, 2))
  .map(([fixed, options, op]) => Uint8Array.of(op, 1, 6, 0, ...fixed.subarray(4), 0x63, 0x82, 0x53, 0x63, ...options))
