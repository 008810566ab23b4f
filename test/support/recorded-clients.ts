import { messageType } from '../../daemons/dhcp/message/message.ts'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { readUint32 } from '../../daemons/wire/octets.ts'
import { type ClientMessage, clientDatagram } from '../dhcp/client-message.ts'
import { KeptAnswers } from './kept-answers.ts'

type Step = 'discover' | 'request' | 'renew'

/** DHCP clients behind one relay that keep what they were told; who has an address renews it when asked to. */
export class RecordedClients {
  readonly kept: KeptAnswers
  readonly #giaddr: string
  /** What each asked for last, by the number that is its xid. */
  readonly #steps: Step[] = []

  constructor(fd: number, server: { readonly address: string; readonly port: number }, giaddr: string) {
    this.#giaddr = giaddr
    this.kept = new KeptAnswers(fd, server, (answer) => this.#hear(answer))
  }

  /** A client comes that was never there, and one that has a lease renews it. */
  join(): void {
    const number = this.#steps.length
    this.#ask(number, 'discover', { type: 'DISCOVER' })
    const other = (number * 7919) % this.#steps.length
    const address = this.kept.addressOf(other)
    if (address !== null && !this.kept.isWaiting(other)) this.#ask(other, 'renew', { type: 'REQUEST', ciaddr: address })
  }

  [Symbol.dispose](): void {
    this.kept[Symbol.dispose]()
  }

  #ask(number: number, step: Step, parts: ClientMessage): void {
    this.#steps[number] = step
    this.kept.ask(number, clientDatagram({ ...parts, mac: macOf(number), xid: number, giaddr: this.#giaddr }))
  }

  #hear(answer: Uint8Array): void {
    const decoded = decodeMessage(answer)
    if (decoded.kind !== 'message') throw new Error(`an answer is malformed: ${decoded.reason}`)
    const { xid, yiaddr, options } = decoded.message
    if (xid >= this.#steps.length) throw new Error(`an answer to nobody: ${xid}`)
    const step = this.kept.isWaiting(xid) ? this.#steps[xid] : null
    const type = messageType(decoded.message)
    if (type === 'ACK') this.kept.own(xid, macOf(xid), formatIpv4(yiaddr))
    if (type === 'OFFER' && step === 'discover') {
      const server = formatIpv4(readUint32(options.get(OPTION.serverIdentifier) ?? new Uint8Array(0), 0))
      this.#ask(xid, 'request', { type: 'REQUEST', server, requested: formatIpv4(yiaddr) })
    }
    if (type === 'NAK' && step === 'renew') this.kept.wrongs.push(`${macOf(xid)} lost ${this.kept.addressOf(xid)}`)
    if (type === 'NAK' && step === 'request') this.#ask(xid, 'discover', { type: 'DISCOVER' })
  }
}

function macOf(number: number): string {
  const digits = number.toString(16).padStart(8, '0').match(/../g) ?? []
  return `52:54:${digits.join(':')}`
}
