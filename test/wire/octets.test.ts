import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  joinBytes,
  readUint16,
  readUint32,
  uint16Bytes,
  uint32Bytes,
  writeUint16,
  writeUint32,
} from '../../daemons/wire/octets.ts'

test('numbers come back as they were written, at any place', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xffff_ffff), fc.nat(9), (short, long, at) => {
      const bytes = new Uint8Array(16)
      writeUint16(bytes, at, short)
      writeUint32(bytes, at + 2, long)
      expect([readUint16(bytes, at), readUint32(bytes, at + 2)]).toEqual([short, long])
      expect(bytes.subarray(at, at + 6)).toEqual(joinBytes([uint16Bytes(short), uint32Bytes(long)]))
    }),
  )
})

test('they are in network order, and what lies beyond the end counts as zero', () => {
  expect(uint32Bytes(0xfedc_ba98)).toEqual(Uint8Array.of(0xfe, 0xdc, 0xba, 0x98))
  expect(readUint32(Uint8Array.of(0xfe, 0xdc), 0)).toBe(0xfedc_0000)
  expect(readUint16(Uint8Array.of(7), 0)).toBe(0x0700)
})
