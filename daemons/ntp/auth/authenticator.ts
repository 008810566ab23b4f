import { findMac } from '../extension-fields.ts'
import type { Outcome } from '../outcome.ts'
import type { KeyRing } from './key-ring.ts'
import type { Protection } from './protection.ts'
import { readKeyId } from './symmetric-key.ts'

/** Checks requests that are signed, and remembers how the reply to the last one is to be protected. */
export class Authenticator {
  readonly #keys: KeyRing
  #protection: Protection | null = null

  constructor(keys: KeyRing) {
    this.#keys = keys
  }

  /** The protection of the reply to the request that was opened last; once. */
  take(): Protection | null {
    const protection = this.#protection
    if (protection !== null) this.#protection = null
    return protection
  }

  /**
   * Checks the MAC of a request.
   *
   * @deviation RFC 5905 section 9.2 answers a wrong MAC with a crypto-NAK. Nobody can tell such an answer from a forged
   *   one, so clients ignore it, and other servers send none either
   * @returns null when it is right, else how the datagram ends
   */
  openMac(bytes: Uint8Array, offset: number, length: number): Extract<Outcome, 'unknown_key' | 'bad_mac'> | null {
    const macAt = findMac(bytes, offset, length)
    const key = this.#keys.find(readKeyId(bytes, macAt))
    if (key === null) return 'unknown_key'
    if (!key.isValid(bytes, offset, length, macAt)) return 'bad_mac'
    this.#protection = key
    return null
  }
}
