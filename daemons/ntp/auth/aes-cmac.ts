import { AES_BLOCK_BYTES, AesChain } from '../../linux/aes.ts'

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
   * @param bytes holds the message from `offset`, at most 2032 octets
   * @returns 16 octets, good until the next call
   */
  compute(bytes: Uint8Array, offset: number, length: number): Uint8Array {
    const { data } = this.#chain
    const blocks = Math.max(1, Math.ceil(length / AES_BLOCK_BYTES))
    const end = blocks * AES_BLOCK_BYTES
    data.set(bytes.subarray(offset, offset + length))
    if (length < end) data.fill(0, length, end)[length] = 0x80
    xorInto(data, end - AES_BLOCK_BYTES, length < end ? this.#k2 : this.#k1)
    this.#chain.encrypt(end)
    return data.subarray(end - AES_BLOCK_BYTES, end)
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
