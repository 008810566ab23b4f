/** Words of an entry: receive timestamp of a reply, its departure, and whether that is known. */
const WORDS = 5
const KNOWN = 4

/**
 * When replies left, by the receive timestamp that they carried: what a client in interleaved mode is told in the next one.
 * A table of fixed size; an entry lasts until another one falls on its place.
 *
 * @attack who makes up receive timestamps finds nothing; who asks much pushes out the entries of others, whose next reply is a
 *   plain one then
 */
export class DepartureMemory {
  readonly #entries: Uint32Array
  readonly #mask: number
  readonly #secret: number
  /** What `find` found last. */
  seconds = 0
  fraction = 0

  /** @param capacity a power of two; 20 octets each. @param secret 32 random bits */
  constructor(capacity: number, secret: number) {
    this.#entries = new Uint32Array(capacity * WORDS)
    this.#mask = capacity - 1
    this.#secret = secret
  }

  /** A reply with this receive timestamp is about to leave. */
  expect(receiveSeconds: number, receiveFraction: number): void {
    const at = this.#place(receiveSeconds, receiveFraction)
    this.#entries[at] = receiveSeconds
    this.#entries[at + 1] = receiveFraction
    this.#entries[at + KNOWN] = 0
  }

  /** It left then. @returns false when nobody waits for that */
  leave(receiveSeconds: number, receiveFraction: number, seconds: number, fraction: number): boolean {
    const at = this.#place(receiveSeconds, receiveFraction)
    if (!this.#holds(at, receiveSeconds, receiveFraction)) return false
    this.#entries[at + 2] = seconds
    this.#entries[at + 3] = fraction
    this.#entries[at + KNOWN] = 1
    return true
  }

  /** Looks for the departure of the reply with this receive timestamp; found, it is in `seconds` and `fraction`. */
  find(receiveSeconds: number, receiveFraction: number): boolean {
    const at = this.#place(receiveSeconds, receiveFraction)
    if (!this.#holds(at, receiveSeconds, receiveFraction) || this.#entries[at + KNOWN] !== 1) return false
    this.seconds = this.#entries[at + 2] ?? 0
    this.fraction = this.#entries[at + 3] ?? 0
    return true
  }

  #holds(at: number, seconds: number, fraction: number): boolean {
    return this.#entries[at] === seconds && this.#entries[at + 1] === fraction
  }

  #place(seconds: number, fraction: number): number {
    let hash = Math.imul(fraction ^ this.#secret, 0x9e37_79b1) ^ Math.imul(seconds, 0x85eb_ca6b)
    hash ^= hash >>> 15
    return (hash & this.#mask) * WORDS
  }
}
