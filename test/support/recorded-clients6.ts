import { formatIpv6, readAddress } from '../../daemons/dhcp/v6/address.ts'
import { OPTION } from '../../daemons/dhcp/v6/codes.ts'
import { decodeOptions, findOption } from '../../daemons/dhcp/v6/options-codec.ts'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { clientDatagram, duidLl, relayed } from '../dhcp/v6/client-message.ts'

/** Milliseconds without an answer after which a client asks again. */
const PATIENCE_MS = 150
const ANSWERS = { slots: 64, slotBytes: 1500 }
const ADVERTISE = 2
const REPLY = 7
/** Where the message stands in one of a relay agent that has no options before it. */
const RELAY_HEADER = 34

/** DHCPv6 clients behind one relay agent that keep what they were told; who has an address renews it when asked to. */
export class RecordedClients6 {
  /** By address, the DUID of the client that was told to have it. */
  readonly owners = new Map<string, string>()
  /** What no client may ever hear, in words. */
  readonly wrongs: string[] = []
  renewed = 0
  readonly #send: (datagram: Uint8Array) => void
  readonly #link: string
  readonly #answers = new DatagramBatch(ANSWERS)
  readonly #watch: { stop(): void }
  /** What each was told to have, by the number that is its transaction id. */
  readonly #addresses: (string | null)[] = []
  readonly #open = new Map<number, { datagram: Uint8Array; sentMs: number }>()

  /** @param link link address of the relay agent */
  constructor(fd: number, server: { readonly address: string; readonly port: number }, link: string) {
    this.#send = (datagram) => sendDatagram(fd, datagram, server)
    this.#link = link
    this.#watch = watchReadable(fd, () => {
      for (let count = this.#answers.receive(fd); count > 0; count = this.#answers.receive(fd))
        for (let slot = 0; slot < count; slot++) this.#hear(slot)
    })
  }

  /** Clients that wait for an answer. */
  get waiting(): number {
    return this.#open.size
  }

  /** A client comes that was never there, and one that has a lease renews it. */
  join(): void {
    const number = this.#addresses.length
    this.#addresses.push(null)
    this.#ask(number, 'SOLICIT', [])
    const other = (number * 7919) % this.#addresses.length
    const address = this.#addresses[other] ?? null
    if (address !== null && !this.#open.has(other)) this.#ask(other, 'REBIND', [address])
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

  [Symbol.dispose](): void {
    this.#watch.stop()
    this.#answers.free()
  }

  #ask(number: number, type: 'SOLICIT' | 'REQUEST' | 'REBIND', addresses: readonly string[], server?: string): void {
    const associations = [{ iaid: 1, addresses }]
    const message = { type, transactionId: number, duid: duidLl(number), associations, server: server ?? null }
    const datagram = relayed(clientDatagram(message), { link: this.#link })
    this.#open.set(number, { datagram, sentMs: performance.now() })
    this.#send(datagram)
  }

  #hear(slot: number): void {
    const { slotBytes, bytes } = this.#answers
    const whole = Uint8Array.from(bytes.subarray(slot * slotBytes, slot * slotBytes + this.#answers.length(slot)))
    const message = findOption(decodeOptions(whole, RELAY_HEADER) ?? [], OPTION.relayMessage) ?? new Uint8Array(0)
    const number = ((message[1] ?? 0) << 16) | ((message[2] ?? 0) << 8) | (message[3] ?? 0)
    const options = decodeOptions(message, 4) ?? []
    const association = findOption(options, OPTION.iaNa) ?? new Uint8Array(0)
    const given = findOption(decodeOptions(association, 12) ?? [], OPTION.iaAddress)
    if (given === null) {
      this.wrongs.push(`${duidLl(number)} was given nothing`)
      return
    }
    const address = formatIpv6(readAddress(given))
    if (message[0] === ADVERTISE && this.#addresses[number] === null) {
      const server = Buffer.from(findOption(options, OPTION.serverId) ?? []).toString('hex')
      this.#ask(number, 'REQUEST', [address], server)
    }
    if (message[0] === REPLY) this.#own(number, address)
  }

  #own(number: number, address: string): void {
    const duid = duidLl(number)
    const owner = this.owners.get(address) ?? duid
    if (owner !== duid) this.wrongs.push(`${address} was given to ${duid}, and ${owner} has it`)
    const before = this.#addresses[number] ?? null
    if (before !== null && before !== address) this.wrongs.push(`${duid} has ${before} and was given ${address}`)
    if (before !== null) this.renewed += 1
    this.#addresses[number] = address
    this.owners.set(address, duid)
    this.#open.delete(number)
  }
}
