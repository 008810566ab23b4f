import { timingSafeEqual } from 'node:crypto'
import { AES_BLOCK_BYTES, AesCounter } from '../../linux/aes.ts'
import { AesCmac, doubleBlock, xorInto } from '../auth/aes-cmac.ts'

/** What a sealed text is longer than the plain one. */
export const SIV_BYTES = AES_BLOCK_BYTES

/** Octets of a key of AEAD_AES_SIV_CMAC_256: half for the CMAC, half for the counter. */
export const SIV_KEY_BYTES = 32

/** The longest text and the longest associated data, in octets. */
export const SIV_ROOM = 1536

const ZERO = new Uint8Array(AES_BLOCK_BYTES)

/**
 * AES-SIV-CMAC-256: sealing needs no luck with nonces, the same text under the same nonce only looks the same.
 *
 * @rfc 5297; 5116 for the name as an AEAD
 */
export class AesSiv {
  readonly #cmac = new AesCmac(ZERO)
  readonly #counter = new AesCounter()
  readonly #counterKey = new Uint8Array(AES_BLOCK_BYTES)
  /** The CMAC of zero, where each chain begins. */
  readonly #begin = new Uint8Array(AES_BLOCK_BYTES)
  readonly #chain = new Uint8Array(AES_BLOCK_BYTES)
  readonly #iv = new Uint8Array(AES_BLOCK_BYTES)
  readonly #text = new Uint8Array(SIV_ROOM + AES_BLOCK_BYTES)

  /** @param key 32 octets */
  constructor(key: Uint8Array) {
    this.rekey(key)
  }

  /** Works with another key from now on. */
  rekey(key: Uint8Array): void {
    this.#cmac.rekey(key.subarray(0, AES_BLOCK_BYTES))
    this.#counterKey.set(key.subarray(AES_BLOCK_BYTES, SIV_KEY_BYTES))
    this.#begin.set(this.#cmac.compute(ZERO, 0, AES_BLOCK_BYTES))
  }

  /**
   * Seals a text in place: it stands 16 octets behind `at`, where the synthetic vector goes.
   *
   * @param length of the text, at most 1536; associated: what must come unchanged with it
   */
  seal(bytes: Uint8Array, at: number, length: number, ...associated: readonly Uint8Array[]): void {
    const iv = this.#synthesize(bytes, at + SIV_BYTES, length, associated)
    bytes.set(iv, at)
    this.#crypt(bytes, at, length)
  }

  /**
   * Opens what was sealed, in place: the text then stands 16 octets behind `at`.
   *
   * @param length of the text, without the vector
   * @returns whether it is genuine; if not, what stands there is worthless
   */
  open(bytes: Uint8Array, at: number, length: number, ...associated: readonly Uint8Array[]): boolean {
    if (length < 0 || length > SIV_ROOM) return false
    this.#crypt(bytes, at, length)
    const iv = this.#synthesize(bytes, at + SIV_BYTES, length, associated)
    return timingSafeEqual(iv, bytes.subarray(at, at + SIV_BYTES))
  }

  /** S2V. @rfc 5297 section 2.4 */
  #synthesize(bytes: Uint8Array, at: number, length: number, associated: readonly Uint8Array[]): Uint8Array {
    const chain = this.#chain
    chain.set(this.#begin)
    for (const data of associated) {
      doubleBlock(chain)
      xorInto(chain, 0, this.#cmac.compute(data, 0, data.length))
    }
    const text = this.#text
    if (length >= AES_BLOCK_BYTES) {
      text.set(bytes.subarray(at, at + length))
      xorInto(text, length - AES_BLOCK_BYTES, chain)
      return this.#cmac.compute(text, 0, length)
    }
    doubleBlock(chain)
    for (let index = 0; index < length; index++) chain[index] = (chain[index] ?? 0) ^ (bytes[at + index] ?? 0)
    chain[length] = (chain[length] ?? 0) ^ 0x80
    return this.#cmac.compute(chain, 0, AES_BLOCK_BYTES)
  }

  /** The counter begins at the vector with two bits cleared. @rfc 5297 section 2.5 */
  #crypt(bytes: Uint8Array, at: number, length: number): void {
    if (length === 0) return
    this.#iv.set(bytes.subarray(at, at + SIV_BYTES))
    this.#iv[8] = (this.#iv[8] ?? 0) & 0x7f
    this.#iv[12] = (this.#iv[12] ?? 0) & 0x7f
    const { data } = this.#counter
    data.set(bytes.subarray(at + SIV_BYTES, at + SIV_BYTES + length))
    this.#counter.apply(this.#counterKey, this.#iv, length)
    bytes.set(data.subarray(0, length), at + SIV_BYTES)
  }
}
