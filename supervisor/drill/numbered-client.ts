/** A client that numbers its requests and knows which were answered. */
export interface NumberedClient extends AsyncDisposable {
  /** How many requests it may send without being taken for an attacker. */
  readonly budget: number
  /** Sends the next request; its number is the count of those before it. */
  send(): void
  /** Resolves with the numbers answered, when all are or nothing more has come for `patienceMs`. */
  settle(patienceMs: number): Promise<ReadonlySet<number>>
}

/** How requests of one protocol carry their number. Pure. */
export interface NumberedProtocol {
  encode(number: number): Uint8Array
  /** The number that an answer is about; null when it is no answer to us. */
  decode(answer: Buffer): number | null
}
