import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'

/** Milliseconds without an answer after which a client asks again. */
const PATIENCE_MS = 150
const ANSWERS = { slots: 64, slotBytes: 1500 }

/** The questions of many clients that go by one socket, and what each client was told to have. */
export class KeptAnswers {
  /** By address, the client that was told to have it. */
  readonly owners = new Map<string, string>()
  /** What no client may ever hear, in words. */
  readonly wrongs: string[] = []
  renewed = 0
  readonly #send: (datagram: Uint8Array) => void
  readonly #answers = new DatagramBatch(ANSWERS)
  readonly #watch: { stop(): void }
  /** By the number of the client. */
  readonly #open = new Map<number, { readonly datagram: Uint8Array; sentMs: number }>()
  readonly #addresses = new Map<number, string>()

  /** @param hear gets each answer, borrowed */
  constructor(
    fd: number,
    server: { readonly address: string; readonly port: number },
    hear: (answer: Uint8Array) => void,
  ) {
    this.#send = (datagram) => sendDatagram(fd, datagram, server)
    const { slotBytes, bytes } = this.#answers
    this.#watch = watchReadable(fd, () => {
      for (let count = this.#answers.receive(fd); count > 0; count = this.#answers.receive(fd))
        for (let slot = 0; slot < count; slot++)
          hear(bytes.subarray(slot * slotBytes, slot * slotBytes + this.#answers.length(slot)))
    })
  }

  /** Clients that wait for an answer. */
  get waiting(): number {
    return this.#open.size
  }

  isWaiting(number: number): boolean {
    return this.#open.has(number)
  }

  /** What a client was told to have; null = nothing yet. */
  addressOf(number: number): string | null {
    return this.#addresses.get(number) ?? null
  }

  ask(number: number, datagram: Uint8Array): void {
    this.#open.set(number, { datagram, sentMs: performance.now() })
    this.#send(datagram)
  }

  /** Those who wait for long ask again. */
  repeat(): void {
    const nowMs = performance.now()
    for (const question of this.#open.values())
      if (nowMs - question.sentMs > PATIENCE_MS) {
        question.sentMs = nowMs
        this.#send(question.datagram)
      }
  }

  /** A client is told to have an address. @param name as it is in `owners` */
  own(number: number, name: string, address: string): void {
    const owner = this.owners.get(address) ?? name
    if (owner !== name) this.wrongs.push(`${address} was given to ${name}, and ${owner} has it`)
    const before = this.addressOf(number)
    if (before !== null && before !== address) this.wrongs.push(`${name} has ${before} and was given ${address}`)
    if (before !== null) this.renewed += 1
    this.#addresses.set(number, address)
    this.owners.set(address, name)
    this.#open.delete(number)
  }

  [Symbol.dispose](): void {
    this.#watch.stop()
    this.#answers.free()
  }
}
