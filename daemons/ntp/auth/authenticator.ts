import { findMac } from '../extension-fields.ts'
import type { NtsOpener } from '../nts/nts-opener.ts'
import type { Outcome } from '../outcome.ts'
import type { KeyRing } from './key-ring.ts'
import type { Protection } from './protection.ts'
import { readKeyId } from './symmetric-key.ts'

/** How a request ends that proves nothing. */
export type Unproved = Extract<
  Outcome,
  'unknown_key' | 'bad_mac' | 'authenticated' | 'fields' | 'nts_stale_cookie' | 'nts_bad_cookie' | 'nts_bad_mac'
>

/** Checks requests that are signed, and remembers how the reply to the last one is to be protected. */
export class Authenticator {
  readonly #keys: KeyRing
  readonly #nts: NtsOpener | null
  #protection: Protection | null = null

  /** @param nts null = network time security is not served */
  constructor(keys: KeyRing, nts: NtsOpener | null) {
    this.#keys = keys
    this.#nts = nts
  }

  /** The protection of the reply to the request that was opened last; once. */
  take(): Protection | null {
    const protection = this.#protection
    if (protection !== null) this.#protection = null
    return protection
  }

  /**
   * Checks the proof of a request.
   *
   * @deviation RFC 5905 section 9.2 answers a wrong MAC with a crypto-NAK. Nobody can tell such an answer from a forged
   *   one, so clients ignore it, and other servers send none either
   * @returns null when it is right, else how the datagram ends
   */
  open(kind: 'signed' | 'nts', bytes: Uint8Array, offset: number, length: number): Unproved | null {
    return kind === 'signed' ? this.#openMac(bytes, offset, length) : this.#openNts(bytes, offset, length)
  }

  #openNts(bytes: Uint8Array, offset: number, length: number): Unproved | null {
    if (this.#nts === null) return 'authenticated'
    const { refused, protection } = this.#nts.open(bytes, offset, length)
    this.#protection = protection
    return refused
  }

  #openMac(bytes: Uint8Array, offset: number, length: number): Unproved | null {
    const macAt = findMac(bytes, offset, length)
    const key = this.#keys.find(readKeyId(bytes, macAt))
    if (key === null) return 'unknown_key'
    if (!key.isValid(bytes, offset, length, macAt)) return 'bad_mac'
    this.#protection = key
    return null
  }
}
