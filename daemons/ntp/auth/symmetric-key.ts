import { createHash, timingSafeEqual } from 'node:crypto'
import { readUint32, writeUint32 } from '../../wire/octets.ts'
import { findMac } from '../extension-fields.ts'
import { HEADER_BYTES } from '../header.ts'
import { AesCmac } from './aes-cmac.ts'
import type { Protection } from './protection.ts'

/** Names of hash functions as OpenSSL has them, by the name of the key's type. */
const HASHES = { MD5: 'md5', SHA1: 'sha1', SHA256: 'sha256', SHA384: 'sha384', SHA512: 'sha512' } as const

/** Octets of an AES key, by the name of the key's type. */
const AES_KEYS = { AES128: 16, AES256: 32 } as const

export type KeyType = keyof typeof HASHES | keyof typeof AES_KEYS

export const KEY_TYPES: readonly KeyType[] = ['MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512', 'AES128', 'AES256']

/** The octets that a key of this type must have; null = any number. */
export function keyLength(type: KeyType): number | null {
  return type in AES_KEYS ? AES_KEYS[type as keyof typeof AES_KEYS] : null
}

/** In version 4 a longer digest is cut, so that no MAC looks like an extension field. @rfc 7822 section 7.5.1.4 */
const DIGEST_MAX = 20
const ID_BYTES = 4

/**
 * A key that both sides know: makes and checks the MAC behind a packet.
 *
 * @rfc 5905 section 7.3 (hash of key and packet), 8573 (AES-CMAC of the packet)
 */
export class SymmetricKey implements Protection {
  readonly kind = 'key'
  readonly id: number
  readonly type: KeyType
  readonly #digest: (bytes: Uint8Array, offset: number, length: number) => Uint8Array

  /** @param secret of the length that `keyLength` tells */
  constructor(id: number, type: KeyType, secret: Uint8Array) {
    this.id = id
    this.type = type
    this.#digest = isHash(type) ? hashWith(HASHES[type], secret) : cmacWith(secret)
  }

  /**
   * Whether the MAC at the end of a packet is right.
   *
   * @param macAt where it begins, as `findMac` says
   * @attack compared in a time that does not tell how much of a guess was right (CVE-2016-1550 class)
   */
  isValid(bytes: Uint8Array, offset: number, length: number, macAt: number): boolean {
    const given = bytes.subarray(macAt + ID_BYTES, offset + length)
    const full = this.#digest(bytes, offset, macAt - offset)
    const isCut = given.length === Math.min(full.length, DIGEST_MAX)
    const isWhole = given.length === full.length && !isVersion4(bytes, offset)
    return (isCut || isWhole) && timingSafeEqual(full.subarray(0, given.length), given)
  }

  /** Signs the reply with a MAC as long as the request's. */
  seal(bytes: Uint8Array, offset: number, length: number): number {
    const macBytes = offset + length - findMac(bytes, offset, length)
    return this.sign(bytes, offset, HEADER_BYTES, macBytes - ID_BYTES)
  }

  /**
   * Puts a MAC behind the first `length` octets of a packet.
   *
   * @param digestBytes at most this much of the digest
   * @returns the length with the MAC
   */
  sign(bytes: Uint8Array, offset: number, length: number, digestBytes = DIGEST_MAX): number {
    const digest = this.#digest(bytes, offset, length).subarray(0, digestBytes)
    writeUint32(bytes, offset + length, this.id)
    bytes.set(digest, offset + length + ID_BYTES)
    return length + ID_BYTES + digest.length
  }
}

/** The key identifier of a MAC. */
export function readKeyId(bytes: Uint8Array, macAt: number): number {
  return readUint32(bytes, macAt)
}

function isHash(type: KeyType): type is keyof typeof HASHES {
  return type in HASHES
}

function isVersion4(bytes: Uint8Array, offset: number): boolean {
  return (((bytes[offset] ?? 0) >> 3) & 7) >= 4
}

function hashWith(name: string, secret: Uint8Array) {
  return (bytes: Uint8Array, offset: number, length: number): Uint8Array =>
    createHash(name)
      .update(secret)
      .update(bytes.subarray(offset, offset + length))
      .digest()
}

function cmacWith(secret: Uint8Array) {
  const cmac = new AesCmac(secret)
  const digest = new Uint8Array(16)
  return (bytes: Uint8Array, offset: number, length: number): Uint8Array => {
    cmac.compute(bytes, offset, length, digest)
    return digest
  }
}
