import { expect, test } from 'vitest'
import { AesSiv } from '../../../daemons/ntp/nts/aes-siv.ts'

/** Seals in place, as `AesSiv` does, with these data beside the text. */
function seal(siv: AesSiv, bytes: Uint8Array, at: number, length: number, associated: readonly Uint8Array[]): void {
  siv.begin()
  for (const data of associated) siv.associate(data, 0, data.length)
  siv.seal(bytes, at, length)
}

function open(siv: AesSiv, bytes: Uint8Array, at: number, length: number, associated: readonly Uint8Array[]): boolean {
  siv.begin()
  for (const data of associated) siv.associate(data, 0, data.length)
  return siv.open(bytes, at, length, bytes, at + 16)
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

/** @rfc 5297 appendix A.1 and A.2 */
const VECTORS = [
  {
    key: 'fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff',
    associated: ['101112131415161718191a1b1c1d1e1f2021222324252627'],
    text: '112233445566778899aabbccddee',
    sealed: '85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c',
  },
  {
    key: '7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f',
    associated: [
      '00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100',
      '102030405060708090a0',
      '09f911029d74e35bd84156c5635688c0',
    ],
    text: '7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553',
    sealed: `7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d`,
  },
]

test.each(VECTORS)('AES-SIV-CMAC-256 seals and opens $text', ({ key, associated, text, sealed }) => {
  const siv = new AesSiv(Buffer.alloc(32, 1))
  siv.rekey(hex(key))
  const data = associated.map(hex)
  const bytes = Buffer.concat([Buffer.alloc(3 + 16), hex(text), Buffer.alloc(5, 0xa5)])
  seal(siv, bytes, 3, hex(text).length, data)
  expect(bytes.toString('hex', 3, bytes.length - 5)).toBe(sealed)
  expect(open(siv, bytes, 3, hex(text).length, data)).toBe(true)
  expect(bytes.toString('hex', 19, bytes.length - 5)).toBe(text)
  expect(bytes.toString('hex', bytes.length - 5)).toBe('a5a5a5a5a5')
})

test.each([0, 1, 15, 16, 17, 64, 1536])(
  'a text of %i octets comes out as it went in, and not when a bit is changed',
  (length) => {
    const siv = new AesSiv(Buffer.alloc(32, 7))
    const associated = [Buffer.alloc(100, 2), Buffer.alloc(16, 3)]
    const plain = Buffer.alloc(16 + length, 9)
    const sealed = Buffer.from(plain)
    seal(siv, sealed, 0, length, associated)
    for (const at of [0, 8, 15, sealed.length - 1]) {
      const wrong = Buffer.from(sealed)
      wrong[at] = (wrong[at] ?? 0) ^ 1
      expect(open(siv, wrong, 0, length, associated)).toBe(false)
    }
    expect(open(siv, Buffer.from(sealed), 0, length, associated.toReversed())).toBe(false)
    expect(open(siv, Buffer.from(sealed), 0, length, [Buffer.alloc(100, 2)])).toBe(false)
    expect(open(siv, sealed, 0, length, associated)).toBe(true)
    expect(sealed.subarray(16)).toEqual(plain.subarray(16))
  },
)

test('lengths that cannot be are not genuine', () => {
  const siv = new AesSiv(Buffer.alloc(32, 7))
  for (const length of [-1, -16, 1537, 65_535]) expect(open(siv, Buffer.alloc(2048), 0, length, [])).toBe(false)
})
