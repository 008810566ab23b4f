import fc from 'fast-check'
import { decodeMessage } from '../../daemons/dhcp/message-codec.ts'
import { arbitraryDatagram } from '../dhcp/arbitrary-message.ts'
import { type ClientMessage, clientDatagram } from '../dhcp/client-message.ts'
import { DeskScenario, replySeconds, SERVER, type Seen, served } from '../dhcp/desk-scenario.ts'
import { attachedSubnet, relayedSubnet } from '../dhcp/fixture.ts'
import { checkOptionValues, checkStrangers } from './dhcp-strangers.ts'

/** One thing that a client does, or that happens to the server. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('lease' as const), client: fc.nat(13) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('renew' as const), client: fc.nat(13) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reboot' as const), client: fc.nat(13), host: fc.nat(255) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), client: fc.nat(13) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('decline' as const), client: fc.nat(13) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.nat(8000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rubbish' as const), bytes: arbitraryDatagram }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

/** What clients believe, which is what counts: an address each, until a time. */
class Clients {
  readonly scenario = new DeskScenario()
  readonly #held = new Map<string, { readonly address: string; readonly untilMs: number }>()

  live(what: Happening): void {
    const { scenario } = this
    if (what.kind === 'time') scenario.passSeconds(what.seconds)
    else if (what.kind === 'crash') scenario.desk = scenario.open(served(attachedSubnet, relayedSubnet))
    else if (what.kind === 'rubbish') decodeMessage(what.bytes)
    else this.#act(what, `52:54:00:00:01:${String(what.client).padStart(2, '0')}`)
  }

  #act(what: Extract<Happening, { client: number }>, mac: string): void {
    const mine = this.#held.get(mac)
    if (what.kind === 'lease') {
      const offer = this.#send(mac, {})
      if (offer.outcome === 'offer') this.#send(mac, { type: 'REQUEST', server: SERVER, requested: offer.address })
    } else if (what.kind === 'reboot')
      this.#send(mac, { type: 'REQUEST', requested: mine?.address ?? `192.0.2.${what.host}` })
    else if (mine === undefined) return
    else if (what.kind === 'renew') this.#send(mac, { type: 'REQUEST', ciaddr: mine.address }, mine.address)
    else {
      this.#held.delete(mac)
      if (what.kind === 'release')
        this.#send(mac, { type: 'RELEASE', ciaddr: mine.address, server: SERVER }, mine.address)
      else this.#send(mac, { type: 'DECLINE', requested: mine.address, server: SERVER })
    }
  }

  #send(mac: string, message: ClientMessage, source = '0.0.0.0'): Seen {
    const bytes = clientDatagram({ mac, ...message })
    if (decodeMessage(bytes).kind !== 'message') throw new Error('a well-formed message was called malformed')
    const seen = this.scenario.send({ mac, ...message }, source === '0.0.0.0' ? {} : { source, local: SERVER })
    if (seen.outcome === 'ack') this.#believe(mac, seen)
    return seen
  }

  #believe(mac: string, seen: Seen): void {
    const nowMs = this.scenario.time.wall
    for (const [other, held] of this.#held)
      if (other !== mac && held.address === seen.address && held.untilMs > nowMs)
        throw new Error(`${seen.address} was given to ${mac} while ${other} has it`)
    const seconds = replySeconds(seen)
    if (seconds === null || seconds <= 0) throw new Error('an ACK without lease time')
    this.#held.set(mac, { address: seen.address, untilMs: nowMs + seconds * 1000 })
  }
}

/**
 * Throws when an address is given to a client while another still may use it, whatever happens in between, when strange
 * options lead to a reply that cannot be read, or when a value of the configuration is encoded wrongly.
 */
export function run(runs: number, seed: number): void {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60, size: 'max' }), (story) => {
      const clients = new Clients()
      for (const what of story) clients.live(what)
    }),
    { numRuns: runs, seed },
  )
  checkStrangers(runs, seed)
  checkOptionValues(runs, seed)
}
