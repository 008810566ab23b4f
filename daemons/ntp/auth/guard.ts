import { findMac, readTrailer } from '../extension-fields.ts'
import { HEADER_BYTES } from '../header.ts'
import { readKeyId, type SymmetricKey } from './symmetric-key.ts'

/** Protects questions to a source, and tells its answers from those of others. */
export interface Guard {
  /**
   * @param question 48 octets
   * @returns what is sent
   */
  seal(question: Uint8Array): Uint8Array
  /** Whether the source made this datagram, as an answer to the question that was sealed last. */
  isAuthentic(datagram: Uint8Array): boolean
}

/** Room behind a header for a key identifier and a digest that is cut. */
const MAC_ROOM = 24

/** Guards by a key: both sides sign with it, and what is signed otherwise does not count (CVE-2016-1567 class). */
export function keyGuard(key: SymmetricKey): Guard {
  return {
    seal: (question) => {
      const signed = new Uint8Array(HEADER_BYTES + MAC_ROOM)
      signed.set(question)
      return signed.subarray(0, key.sign(signed, 0, HEADER_BYTES))
    },
    isAuthentic: (datagram) => {
      const { length } = datagram
      if (length < HEADER_BYTES || readTrailer(datagram, 0, length, ((datagram[0] ?? 0) >> 3) & 7) !== 'mac')
        return false
      const macAt = findMac(datagram, 0, length)
      return readKeyId(datagram, macAt) === key.id && key.isValid(datagram, 0, length, macAt)
    },
  }
}
