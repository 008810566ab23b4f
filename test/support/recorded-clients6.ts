import { formatIpv6, readAddress } from '../../daemons/dhcp/v6/address.ts'
import { OPTION } from '../../daemons/dhcp/v6/codes.ts'
import { decodeOptions, findOption } from '../../daemons/dhcp/v6/options-codec.ts'
import { clientDatagram, duidLl, relayed } from '../dhcp/v6/client-message.ts'
import { KeptAnswers } from './kept-answers.ts'

const ADVERTISE = 2
const REPLY = 7
/** Where the message stands in one of a relay agent that has no options before it. */
const RELAY_HEADER = 34

/** DHCPv6 clients behind one relay agent that keep what they were told, under their DUID; who has an address renews it when asked to. */
export class RecordedClients6 {
  readonly kept: KeptAnswers
  readonly #link: string
  /** Their numbers are their transaction ids. */
  #joined = 0

  /** @param link link address of the relay agent */
  constructor(fd: number, server: { readonly address: string; readonly port: number }, link: string) {
    this.#link = link
    this.kept = new KeptAnswers(fd, server, (answer) => this.#hear(Uint8Array.from(answer)))
  }

  /** A client comes that was never there, and one that has a lease renews it. */
  join(): void {
    const number = this.#joined++
    this.#ask(number, 'SOLICIT', [])
    const other = (number * 7919) % this.#joined
    const address = this.kept.addressOf(other)
    if (address !== null && !this.kept.isWaiting(other)) this.#ask(other, 'REBIND', [address])
  }

  [Symbol.dispose](): void {
    this.kept[Symbol.dispose]()
  }

  #ask(number: number, type: 'SOLICIT' | 'REQUEST' | 'REBIND', addresses: readonly string[], server?: string): void {
    const associations = [{ iaid: 1, addresses }]
    const message = { type, transactionId: number, duid: duidLl(number), associations, server: server ?? null }
    this.kept.ask(number, relayed(clientDatagram(message), { link: this.#link }))
  }

  #hear(answer: Uint8Array): void {
    const message = findOption(decodeOptions(answer, RELAY_HEADER) ?? [], OPTION.relayMessage) ?? new Uint8Array(0)
    const number = ((message[1] ?? 0) << 16) | ((message[2] ?? 0) << 8) | (message[3] ?? 0)
    const options = decodeOptions(message, 4) ?? []
    const association = findOption(options, OPTION.iaNa) ?? new Uint8Array(0)
    const given = findOption(decodeOptions(association, 12) ?? [], OPTION.iaAddress)
    if (given === null) {
      this.kept.wrongs.push(`${duidLl(number)} was given nothing`)
      return
    }
    const address = formatIpv6(readAddress(given))
    if (message[0] === ADVERTISE && this.kept.addressOf(number) === null) {
      const server = Buffer.from(findOption(options, OPTION.serverId) ?? []).toString('hex')
      this.#ask(number, 'REQUEST', [address], server)
    }
    if (message[0] === REPLY) this.kept.own(number, duidLl(number), address)
  }
}
