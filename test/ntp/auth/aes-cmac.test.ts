import { expect, test } from 'vitest'
import { AesCmac } from '../../../daemons/ntp/auth/aes-cmac.ts'

const MESSAGE = Buffer.from(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  'hex',
)
const KEY_128 = '2b7e151628aed2a6abf7158809cf4f3c'
const KEY_256 = '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4'

/** @rfc 4493 section 4, and the examples of NIST SP 800-38B for 256 bits */
test.each([
  [KEY_128, 0, 'bb1d6929e95937287fa37d129b756746'],
  [KEY_128, 16, '070a16b46b4d4144f79bdd9dd04a287c'],
  [KEY_128, 40, 'dfa66747de9ae63030ca32611497c827'],
  [KEY_128, 64, '51f0bebf7e3b9d92fc49741779363cfe'],
  [KEY_256, 0, '028962f61b7bf89efc6b551f4667d983'],
  [KEY_256, 16, '28a7023f452e8f82bd4bf28d8c37c35c'],
  [KEY_256, 40, 'aaf3d8f1de5640c232f5b169b9c911e6'],
  [KEY_256, 64, 'e1992190549f6ed5696a2c056c315410'],
])('AES-CMAC with the key %s of %i octets', (key, length, want) => {
  const cmac = new AesCmac(Buffer.alloc(16))
  cmac.rekey(Buffer.from(key, 'hex'))
  const digest = Buffer.alloc(16)
  for (const offset of [0, 3]) {
    cmac.compute(Buffer.concat([Buffer.alloc(offset), MESSAGE]), offset, length, digest)
    expect(digest.toString('hex')).toBe(want)
  }
})
