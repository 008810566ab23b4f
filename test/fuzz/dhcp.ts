import fc from 'fast-check'
import { importLeases } from '../../daemons/dhcp/commands/import-leases.ts'
import { releaseLeases } from '../../daemons/dhcp/commands/release-leases.ts'
import { listLeases } from '../../daemons/dhcp/leases/lease-row.ts'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { formatLeases } from '../../daemons/dhcp/transfer/format-leases.ts'
import { arbitraryDatagram } from '../dhcp/arbitrary-message.ts'
import { type ClientMessage, clientDatagram, ip } from '../dhcp/client-message.ts'
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
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), host: fc.nat(255) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('import' as const),
      client: fc.nat(13),
      host: fc.nat(255),
      seconds: fc.integer({ min: -100, max: 8000 }),
      hostname: fc.string({ unit: 'binary', maxLength: 300 }),
    }),
  },
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
    else if (what.kind === 'end') this.#end(`192.0.2.${what.host}`)
    else if (what.kind === 'import') this.#import(what, `52:54:00:00:01:${String(what.client).padStart(2, '0')}`)
    else this.#act(what, `52:54:00:00:01:${String(what.client).padStart(2, '0')}`)
  }

  /** An administrator ends a lease; whoever has it is told to stop. */
  #end(text: string): void {
    releaseLeases(this.scenario.desk, { kind: 'address', address: ip(text) })
    for (const [mac, { address }] of this.#held) if (address === text) this.#held.delete(mac)
  }

  /** Another server has given an address before; of that its client is as sure as of one of ours. */
  #import(what: Extract<Happening, { kind: 'import' }>, mac: string): void {
    const { desk, site, time } = this.scenario
    const [address, endsMs] = [`192.0.2.${what.host}`, time.wall + what.seconds * 1000]
    const { hostname } = what
    const foreign = { address, mac, clientId: null, hostname, state: 'bound', startsMs: time.wall, endsMs } as const
    const { imported } = importLeases(desk, site, [foreign], false)
    const rows = listLeases(desk.book, desk.clock, desk.nowMs(), true)
    for (const format of ['isc', 'dnsmasq', 'kea', 'csv'] as const)
      if (/[^\n\x20-\x7e]/.test(formatLeases(rows, format))) throw new Error(`${format} has what a terminal obeys`)
    if (imported === 0 || what.seconds <= 0) return
    for (const [other, held] of this.#held)
      if (other !== mac && held.address === address && held.untilMs > time.wall)
        throw new Error(`${address} was imported for ${mac} while ${other} has it`)
    this.#held.set(mac, { address, untilMs: endsMs })
  }

  #act(what: Exclude<Extract<Happening, { client: number }>, { kind: 'import' }>, mac: string): void {
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
