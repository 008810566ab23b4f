import { AES_BLOCK_BYTES, AesCounter } from '../../linux/aes.ts'
import { AesCmac, doubleBlock, xorInto } from '../auth/aes-cmac.ts'
import { copyOctets } from '../auth/copy-octets.ts'

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
 * Each text begins with `begin`, then come the data that must arrive unchanged with it, then it is sealed or opened. All
 * positions are in arrays of the caller, so that nothing is allocated for a text.
 *
 * @rfc 5297; 5116 for the name as an AEAD
 */
export class AesSiv {
  readonly #cmac = new AesCmac(ZERO)
  readonly #counter = new AesCounter()
  readonly #counterKey = new Uint8Array(AES_BLOCK_BYTES)
  /** The CMAC of zero, where each chain begins. */
  readonly #first = new Uint8Array(AES_BLOCK_BYTES)
  readonly #chain = new Uint8Array(AES_BLOCK_BYTES)
  readonly #block = new Uint8Array(AES_BLOCK_BYTES)

  /** @param key 32 octets */
  constructor(key: Uint8Array) {
    this.rekey(key)
  }

  /** Works with another key from now on. */
  rekey(key: Uint8Array): void {
    this.#cmac.rekey(key.subarray(0, AES_BLOCK_BYTES))
    this.#counterKey.set(key.subarray(AES_BLOCK_BYTES, SIV_KEY_BYTES))
    this.#cmac.compute(ZERO, 0, AES_BLOCK_BYTES, this.#first)
  }

  /** Begins another text. */
  begin(): void {
    this.#chain.set(this.#first)
  }

  /** Takes in `length` octets, at most 1536, that must come unchanged with the text. */
  associate(bytes: Uint8Array, at: number, length: number): void {
    doubleBlock(this.#chain)
    this.#cmac.compute(bytes, at, length, this.#block)
    xorInto(this.#chain, 0, this.#block)
  }

  /** Seals a text of at most 1536 octets in place: it stands 16 octets behind `at`, where the synthetic vector goes. */
  seal(bytes: Uint8Array, at: number, length: number): void {
    const text = at + SIV_BYTES
    this.#synthesize(bytes, text, length)
    copyOctets(this.#block, 0, SIV_BYTES, bytes, at)
    this.#crypt(bytes, at, length, bytes, text)
  }

  /**
   * Opens what was sealed: the vector stands at `at`, and behind it `length` octets of text, which go to `into`.
   *
   * @returns whether it is genuine; if not, what came out is worthless
   */
  open(bytes: Uint8Array, at: number, length: number, into: Uint8Array, intoAt: number): boolean {
    if (length < 0 || length > SIV_ROOM) return false
    this.#crypt(bytes, at, length, into, intoAt)
    this.#synthesize(into, intoAt, length)
    // Every octet is looked at, whatever the first say: how long it takes must not tell how much of a guess was right.
    let difference = 0
    for (let index = 0; index < SIV_BYTES; index++) difference |= (this.#block[index] ?? 0) ^ (bytes[at + index] ?? 0)
    return difference === 0
  }

  /** S2V: leaves the vector in the block. @rfc 5297 section 2.4 */
  #synthesize(bytes: Uint8Array, at: number, length: number): void {
    const chain = this.#chain
    if (length >= AES_BLOCK_BYTES) {
      this.#cmac.compute(bytes, at, length, this.#block, chain)
      return
    }
    doubleBlock(chain)
    for (let index = 0; index < length; index++) chain[index] = (chain[index] ?? 0) ^ (bytes[at + index] ?? 0)
    chain[length] = (chain[length] ?? 0) ^ 0x80
    this.#cmac.compute(chain, 0, AES_BLOCK_BYTES, this.#block)
  }

  /** The counter begins at the vector with two bits cleared. @rfc 5297 section 2.5 */
  #crypt(bytes: Uint8Array, at: number, length: number, into: Uint8Array, intoAt: number): void {
    if (length === 0) return
    copyOctets(bytes, at, SIV_BYTES, this.#block, 0)
    this.#block[8] = (this.#block[8] ?? 0) & 0x7f
    this.#block[12] = (this.#block[12] ?? 0) & 0x7f
    const { data } = this.#counter
    copyOctets(bytes, at + SIV_BYTES, length, data, 0)
    this.#counter.apply(this.#counterKey, this.#block, length)
    copyOctets(data, 0, length, into, intoAt)
  }
}
