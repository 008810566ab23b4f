import { declare } from './libc.ts'

const EVP_CIPHER_fetch = declare<(library: null, name: string, properties: null) => bigint | null>(
  'void *EVP_CIPHER_fetch(void *library, const char *name, const char *properties)',
)
const EVP_CIPHER_CTX_new = declare<() => bigint | null>('void *EVP_CIPHER_CTX_new()')
const EVP_CIPHER_CTX_free = declare<(context: bigint) => void>('void EVP_CIPHER_CTX_free(void *context)')
const EVP_CipherInit_ex2 = declare<
  (context: bigint, cipher: bigint | null, key: Uint8Array, iv: Uint8Array, encrypt: number, parameters: null) => number
>(
  'int EVP_CipherInit_ex2(void *context, void *cipher, const uint8_t *key, const uint8_t *iv, int encrypt, void *parameters)',
)
const EVP_CipherUpdate = declare<
  (context: bigint, out: Uint8Array, outLength: Uint8Array, input: Uint8Array, length: number) => number
>('int EVP_CipherUpdate(void *context, uint8_t *out, uint8_t *outLength, const uint8_t *in, int length)')

export const AES_BLOCK_BYTES = 16

/** What an instance can work on at once. */
const ROOM = 2048

const ZERO = new Uint8Array(128)
/** OpenSSL tells how much it wrote; for whole blocks and for counter mode we know. */
const written = new Uint8Array(128)

const contexts = new FinalizationRegistry<bigint>(EVP_CIPHER_CTX_free)
const ciphers = new Map<string, bigint>()

/**
 * AES in one mode with a key that can be changed, by the OpenSSL that is in this process: it uses the processor's own AES,
 * whose time does not depend on the key, and a call costs 0.2 µs where node:crypto needs 3 for each new key.
 */
class Aes {
  /** Put the octets here; they are changed in place. */
  readonly data = new Uint8Array(ROOM)
  readonly #mode: string
  readonly #context: bigint
  #keyBytes = 0

  constructor(mode: string) {
    this.#mode = mode
    this.#context = must(EVP_CIPHER_CTX_new(), 'EVP_CIPHER_CTX_new')
    contexts.register(this, this.#context)
  }

  /** @param key 16, 24 or 32 octets; iv: 16 */
  protected begin(key: Uint8Array, iv: Uint8Array): void {
    const cipher = key.length === this.#keyBytes ? null : findCipher(`AES-${key.length * 8}-${this.#mode}`)
    must(EVP_CipherInit_ex2(this.#context, cipher, key, iv, 1, null), 'EVP_CipherInit_ex2')
    this.#keyBytes = key.length
  }

  /** @param length at most 2048 */
  protected run(length: number): void {
    if (length > ROOM) throw new Error(`${length} octets are more than there is room for`)
    must(EVP_CipherUpdate(this.#context, this.data, written, this.data, length), 'EVP_CipherUpdate')
  }
}

/** AES-CBC from a zero vector: the chain that a CMAC is made of. @rfc 4493 section 2.4 */
export class AesChain extends Aes {
  /** The last block of the text before: OpenSSL takes it for the vector of the next, and what is added twice is gone. */
  readonly #last = new Uint8Array(AES_BLOCK_BYTES)

  /** @param key 16, 24 or 32 octets */
  constructor(key: Uint8Array) {
    super('CBC')
    this.begin(key, ZERO)
  }

  /** Works with another key from now on. */
  rekey(key: Uint8Array): void {
    this.begin(key, ZERO)
    this.#last.fill(0)
  }

  /** Encrypts the first `length` octets of `data`, whole blocks, at most 2048. */
  encrypt(length: number): void {
    const { data } = this
    const last = this.#last
    for (let at = 0; at < AES_BLOCK_BYTES; at++) data[at] = (data[at] ?? 0) ^ (last[at] ?? 0)
    this.run(length)
    for (let at = 0; at < AES_BLOCK_BYTES; at++) last[at] = data[length - AES_BLOCK_BYTES + at] ?? 0
  }
}

/** AES-CTR, the counter being the whole block: to encrypt and to decrypt are the same. */
export class AesCounter extends Aes {
  constructor() {
    super('CTR')
  }

  /**
   * Changes the first `length` octets of `data`, at most 2048.
   *
   * @param key 16, 24 or 32 octets; counter: 16, where to begin
   */
  apply(key: Uint8Array, counter: Uint8Array, length: number): void {
    this.begin(key, counter)
    this.run(length)
  }
}

function findCipher(name: string): bigint {
  const known = ciphers.get(name)
  if (known !== undefined) return known
  const found = must(EVP_CIPHER_fetch(null, name, null), `EVP_CIPHER_fetch ${name}`)
  ciphers.set(name, found)
  return found
}

/** OpenSSL fails here only when there is no memory or no such cipher. */
function must<T extends number | bigint>(result: T | null, call: string): T {
  if (result === null || result === 0 || result === 0n) throw new Error(`${call} failed`)
  return result
}
