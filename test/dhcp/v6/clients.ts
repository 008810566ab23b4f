import fc from 'fast-check'
import { decodeDatagram } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { type ClientMessage, clientDatagram, duidLl } from './client-message.ts'
import { DeskScenario6, SERVER, type Seen6 } from './desk-scenario.ts'

const clientAndIa = { client: fc.nat(7), iaid: fc.nat(2) }

/** One thing that a client does, or that happens to the server. */
export const happening6 = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('lease' as const), ...clientAndIa }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('both' as const), client: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim' as const), ...clientAndIa, host: fc.nat(0x14) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('renew' as const), ...clientAndIa }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rebind' as const), ...clientAndIa }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), ...clientAndIa }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('decline' as const), ...clientAndIa }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.nat(2500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const), isFull: fc.boolean() }) },
)
export type Happening6 = typeof happening6 extends fc.Arbitrary<infer T> ? T : never

/** What clients believe, which is what counts: each of their associations has addresses, until a time. */
export class Clients6 {
  readonly scenario = new DeskScenario6()
  readonly #held = new Map<string, { readonly owner: string; readonly untilMs: number }>()

  /** @throws when an address is given to one while another still may use it */
  live(what: Happening6): void {
    const { scenario } = this
    switch (what.kind) {
      case 'time':
        scenario.passSeconds(what.seconds)
        break
      case 'crash':
        scenario.desk = scenario.open()
        break
      case 'disk':
        scenario.store.failure = what.isFull ? new Error('disk full') : null
        break
      case 'lease':
        this.#lease(what.client, [what.iaid])
        break
      case 'both':
        this.#lease(what.client, [0, 1])
        break
      case 'claim':
        this.#ask(what.client, 'REQUEST', [
          { iaid: what.iaid, addresses: [`fd00:50::10${what.host.toString(16).padStart(2, '0')}`] },
        ])
        break
      default:
        this.#use(what.client, what.iaid, what.kind)
    }
  }

  #lease(client: number, iaids: readonly number[]): void {
    const offer = this.#send(client, { type: 'SOLICIT', associations: iaids.map((iaid) => ({ iaid })) })
    if (offer.type !== 'ADVERTISE') return
    const associations = offer.associations.map(({ iaid, addresses }) => ({
      iaid,
      addresses: addresses.map((one) => one.address),
    }))
    this.#ask(client, 'REQUEST', associations)
  }

  #use(client: number, iaid: number, kind: 'renew' | 'rebind' | 'release' | 'decline'): void {
    const owner = `${client}/${iaid}`
    const addresses = [...this.#held].filter(([, held]) => held.owner === owner).map(([text]) => text)
    if (addresses.length === 0) return
    if (kind === 'renew') this.#ask(client, 'RENEW', [{ iaid, addresses }])
    else if (kind === 'rebind') this.#ask(client, 'REBIND', [{ iaid, addresses }], null)
    else {
      // Whoever gives an address back stops using it first. RFC 8415 section 18.2.7
      for (const text of addresses) this.#held.delete(text)
      this.#send(client, {
        type: kind === 'release' ? 'RELEASE' : 'DECLINE',
        server: SERVER,
        associations: [{ iaid, addresses }],
      })
    }
  }

  #ask(
    client: number,
    type: 'REQUEST' | 'RENEW' | 'REBIND',
    associations: NonNullable<ClientMessage['associations']>,
    server: string | null = SERVER,
  ): void {
    const seen = this.#send(client, { type, server, associations })
    if (seen.type === null || seen.outcome === 'store_failed') return
    const nowMs = this.scenario.time.wall
    for (const { iaid, addresses } of seen.associations)
      for (const { address, valid } of addresses) this.#believe(`${client}/${iaid}`, address, valid, nowMs)
  }

  #believe(owner: string, address: string, validSeconds: number, nowMs: number): void {
    const held = this.#held.get(address)
    if (validSeconds === 0) {
      if (held?.owner === owner) this.#held.delete(address)
      return
    }
    if (held !== undefined && held.owner !== owner && held.untilMs > nowMs)
      throw new Error(`${address} was given to ${owner} while ${held.owner} has it`)
    this.#held.set(address, { owner, untilMs: nowMs + validSeconds * 1000 })
  }

  #send(client: number, message: ClientMessage): Seen6 {
    const whole = { duid: duidLl(client), ...message }
    if (decodeDatagram(clientDatagram(whole)).kind !== 'message') throw new Error('a message was called malformed')
    return this.scenario.send(whole)
  }
}
