import { AES_BLOCK_BYTES, AesChain } from '../../linux/aes.ts'
import { copyOctets } from './copy-octets.ts'

/** AES-CMAC: 16 octets that only who knows the key can make. @rfc 4493 */
export class AesCmac {
  readonly #chain: AesChain
  readonly #k1 = new Uint8Array(AES_BLOCK_BYTES)
  readonly #k2 = new Uint8Array(AES_BLOCK_BYTES)

  /** @param key 16, 24 or 32 octets */
  constructor(key: Uint8Array) {
    this.#chain = new AesChain(key)
    this.#makeSubkeys()
  }

  /** Works with another key from now on. */
  rekey(key: Uint8Array): void {
    this.#chain.rekey(key)
    this.#makeSubkeys()
  }

  /**
   * Writes the 16 octets of a message's CMAC.
   *
   * @param bytes holds the message from `offset`, at most 2032 octets; into gets the CMAC
   * @param tail is added to the last 16 octets of the message before, which must have so many; null = nothing is
   */
  compute(bytes: Uint8Array, offset: number, length: number, into: Uint8Array, tail: Uint8Array | null = null): void {
    const { data } = this.#chain
    const end = Math.max(1, Math.ceil(length / AES_BLOCK_BYTES)) * AES_BLOCK_BYTES
    copyOctets(bytes, offset, length, data, 0)
    for (let at = length; at < end; at++) data[at] = at === length ? 0x80 : 0
    if (tail !== null) xorInto(data, length - AES_BLOCK_BYTES, tail)
    xorInto(data, end - AES_BLOCK_BYTES, length < end ? this.#k2 : this.#k1)
    this.#chain.encrypt(end)
    copyOctets(data, end - AES_BLOCK_BYTES, AES_BLOCK_BYTES, into, 0)
  }

  #makeSubkeys(): void {
    const { data } = this.#chain
    data.fill(0, 0, AES_BLOCK_BYTES)
    this.#chain.encrypt(AES_BLOCK_BYTES)
    this.#k1.set(data.subarray(0, AES_BLOCK_BYTES))
    doubleBlock(this.#k1)
    this.#k2.set(this.#k1)
    doubleBlock(this.#k2)
  }
}

/** Multiplies a block by x in GF(2^128), in place and without a branch on its bits. @rfc 4493 section 2.3; 5297 section 2.3 */
export function doubleBlock(block: Uint8Array): void {
  const carry = (block[0] ?? 0) >> 7
  for (let at = 0; at < AES_BLOCK_BYTES - 1; at++) block[at] = ((block[at] ?? 0) << 1) | ((block[at + 1] ?? 0) >> 7)
  block[AES_BLOCK_BYTES - 1] = ((block[AES_BLOCK_BYTES - 1] ?? 0) << 1) ^ (0x87 & -carry)
}

/** Adds a block to the 16 octets of `bytes` from `at`. */
export function xorInto(bytes: Uint8Array, at: number, block: Uint8Array): void {
  for (let index = 0; index < AES_BLOCK_BYTES; index++)
    bytes[at + index] = (bytes[at + index] ?? 0) ^ (block[index] ?? 0)
}
