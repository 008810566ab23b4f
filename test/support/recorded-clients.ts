import { messageType } from '../../daemons/dhcp/message/message.ts'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { readUint32 } from '../../daemons/wire/octets.ts'
import { type ClientMessage, clientDatagram } from '../dhcp/client-message.ts'

/** Milliseconds without an answer after which a client asks again. */
const PATIENCE_MS = 150
const ANSWERS = { slots: 64, slotBytes: 1500 }

interface Client {
  readonly mac: string
  /** What it was told to have. */
  address: string | null
}

interface Question {
  readonly step: 'discover' | 'request' | 'renew'
  readonly datagram: Uint8Array
  sentMs: number
}

/** DHCP clients behind one relay that keep what they were told; who has an address renews it when asked to. */
export class RecordedClients {
  /** By address, the client that was told to have it. */
  readonly owners = new Map<string, string>()
  /** What no client may ever hear, in words. */
  readonly wrongs: string[] = []
  renewed = 0
  readonly #send: (datagram: Uint8Array) => void
  readonly #giaddr: string
  readonly #answers = new DatagramBatch(ANSWERS)
  readonly #watch: { stop(): void }
  /** By the number that is its xid. */
  readonly #clients: Client[] = []
  readonly #open = new Map<number, Question>()

  constructor(fd: number, server: { readonly address: string; readonly port: number }, giaddr: string) {
    this.#send = (datagram) => sendDatagram(fd, datagram, server)
    this.#giaddr = giaddr
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
    const number = this.#clients.length
    const digits = number.toString(16).padStart(8, '0').match(/../g) ?? []
    this.#clients.push({ mac: `52:54:${digits.join(':')}`, address: null })
    this.#ask(number, 'discover', { type: 'DISCOVER' })
    const other = (number * 7919) % this.#clients.length
    const address = this.#clients[other]?.address ?? null
    if (address !== null && !this.#open.has(other)) this.#ask(other, 'renew', { type: 'REQUEST', ciaddr: address })
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

  #ask(number: number, step: Question['step'], parts: ClientMessage): void {
    const mac = this.#clients[number]?.mac ?? ''
    const datagram = clientDatagram({ ...parts, mac, xid: number, giaddr: this.#giaddr })
    this.#open.set(number, { step, datagram, sentMs: performance.now() })
    this.#send(datagram)
  }

  #hear(slot: number): void {
    const { slotBytes, bytes } = this.#answers
    const decoded = decodeMessage(bytes.subarray(slot * slotBytes, slot * slotBytes + this.#answers.length(slot)))
    if (decoded.kind !== 'message') throw new Error(`an answer is malformed: ${decoded.reason}`)
    const { xid, yiaddr, options } = decoded.message
    const client = this.#clients[xid]
    const step = this.#open.get(xid)?.step
    if (client === undefined) throw new Error(`an answer to nobody: ${xid}`)
    const type = messageType(decoded.message)
    if (type === 'ACK') this.#own(client, formatIpv4(yiaddr), xid)
    if (type === 'OFFER' && step === 'discover') {
      const server = formatIpv4(readUint32(options.get(OPTION.serverIdentifier) ?? new Uint8Array(0), 0))
      this.#ask(xid, 'request', { type: 'REQUEST', server, requested: formatIpv4(yiaddr) })
    }
    if (type === 'NAK' && step === 'renew') this.wrongs.push(`${client.mac} lost ${client.address}`)
    if (type === 'NAK' && step === 'request') this.#ask(xid, 'discover', { type: 'DISCOVER' })
  }

  #own(client: Client, address: string, xid: number): void {
    const owner = this.owners.get(address) ?? client.mac
    if (owner !== client.mac) this.wrongs.push(`${address} was given to ${client.mac}, and ${owner} has it`)
    if (client.address !== null && client.address !== address)
      this.wrongs.push(`${client.mac} has ${client.address} and was given ${address}`)
    if (client.address !== null) this.renewed += 1
    client.address = address
    this.owners.set(address, client.mac)
    this.#open.delete(xid)
  }
}
