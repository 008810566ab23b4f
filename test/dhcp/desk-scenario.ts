import { pino } from 'pino'
import type { Arrival, ClientDecision, Site } from '../../daemons/dhcp/decide/decision.ts'
import type { ServedSubnets } from '../../daemons/dhcp/leases/lease-book.ts'
import { LeaseDesk } from '../../daemons/dhcp/leases/lease-desk.ts'
import { MemoryLeaseStore } from '../../daemons/dhcp/leases/memory-lease-store.ts'
import { numberOption } from '../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import type { DhcpSubnet } from '../../daemons/dhcp/section.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { type ClientMessage, clientMessage, ip } from './client-message.ts'
import { attachedSubnet, relayedSubnet } from './fixture.ts'

export const SERVER = '192.0.2.1'
/** When a scenario begins. */
const BEGAN_MS = 1_800_000_000_000

/** Where a message comes from, where that is not a broadcast on the attached network. */
export interface From {
  readonly source?: string
  readonly sourcePort?: number
  readonly local?: string
  readonly link?: string | null
  readonly trusted?: boolean
  readonly probe?: boolean
}

/** What a test sees of a decision. */
export interface Seen {
  readonly outcome: string
  readonly address: string
  readonly reason: string
  readonly to: string | null
  readonly decision: ClientDecision
}

/** A desk with the two subnets of the fixture and a clock that the test moves. */
export class DeskScenario {
  readonly store: MemoryLeaseStore
  readonly time = { wall: BEGAN_MS, monotonic: 5_000 }
  readonly site: Site
  /** The attached one. */
  readonly subnet: DhcpSubnet
  desk: LeaseDesk

  constructor(changes: Partial<DhcpSubnet> = {}, site: Partial<Site> = {}, store = new MemoryLeaseStore(BEGAN_MS)) {
    this.store = store
    this.site = {
      own: new Set([ip(SERVER), ip('203.0.113.1'), ip('127.0.0.1')]),
      serverIdentifier: null,
      relayPort: 67,
      ...site,
    }
    const options = [...(changes.options ?? []), ...attachedSubnet.options]
    this.subnet = { ...attachedSubnet, ...changes, options }
    this.desk = this.open(served(this.subnet, { ...relayedSubnet, authoritative: changes.authoritative ?? false }))
  }

  /** Starts a daemon's desk on what is stored. */
  open(all: ServedSubnets): LeaseDesk {
    const time = { wallMs: () => this.time.wall, monotonicMs: () => this.time.monotonic }
    return new LeaseDesk({
      served: all,
      store: this.store,
      time,
      log: pino({ level: 'silent' }),
    })
  }

  /** Goes on with a limit. */
  limitLeasesPerPort(most: number): void {
    this.desk.replan(served(this.subnet, relayedSubnet), most)
  }

  passSeconds(seconds: number): void {
    this.time.wall += seconds * 1000
    this.time.monotonic += seconds * 1000
  }

  /** Sends one message as a batch of its own. */
  send(parts: ClientMessage, from: From = {}): Seen {
    const link = from.link === undefined ? SERVER : from.link
    const arrival: Arrival = {
      source: ip(from.source ?? parts.giaddr ?? '0.0.0.0'),
      sourcePort: from.sourcePort ?? (parts.giaddr === undefined ? 68 : 67),
      local: ip(from.local ?? '0.0.0.0'),
      link: link === null ? null : { address: ip(link), trusted: from.trusted === true },
    }
    const decision = this.desk.take(clientMessage(parts), arrival, this.site, from.probe === true)
    const stored = this.desk.settle()
    const to = decision.reply?.destination
    const target = to === undefined || to.kind === 'broadcast' ? '' : ` ${formatIpv4(to.address)}`
    return {
      outcome: stored ? decision.outcome : 'store_failed',
      address: formatIpv4(decision.address),
      reason: decision.reason,
      to: to === undefined ? null : `${to.kind}${target}${to.kind === 'relay' ? `:${to.port}` : ''}`,
      decision,
    }
  }

  /** DISCOVER and REQUEST on the attached network; returns the address. */
  lease(mac: string, more: ClientMessage = {}): string {
    const offer = this.send({ mac, ...more })
    const request = { mac, ...more, type: 'REQUEST', server: SERVER, requested: offer.address } as const
    const ack = this.send(request)
    if (ack.outcome !== 'ack') throw new Error(`no lease: ${offer.outcome} ${ack.outcome} ${ack.reason}`)
    return ack.address
  }
}

/** Subnets and no classes. */
export function served(...subnets: readonly DhcpSubnet[]): ServedSubnets {
  return { classes: [], subnets }
}

/** One option of the reply as hex, undefined when it is not there. */
export function replyOption(seen: Seen, code: number): string | undefined {
  const value = seen.decision.reply?.message.options.get(code)
  return value === undefined ? undefined : Buffer.from(value).toString('hex')
}

/** The lease time of the reply in seconds. */
export function replySeconds(seen: Seen): number | null {
  const message = seen.decision.reply?.message
  return message === undefined ? null : numberOption(message, OPTION.leaseTime)
}
