import type { Logger } from 'pino'
import { type FrameListener, listenToFrames } from '../../linux/frame-listener.ts'
import { sendFrame } from '../../linux/send-datagram.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { Clock } from '../../runtime/contract.ts'
import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { type AddressCheck, checkBy } from '../conflict/address-check.ts'
import { decodeArpPacket, encodeArpProbe } from '../conflict/arp-packet.ts'
import { ConflictDesk, type HeardNews, type Parked } from '../conflict/conflict-desk.ts'
import { EchoAsker } from '../conflict/echo-asker.ts'
import { LINK_FILTER } from '../conflict/link-filter.ts'
import type { Arrival } from '../decide/decision.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import { formatHex } from '../message/hex.ts'
import type { Message } from '../message/message.ts'
import type { DhcpSection } from '../section.ts'
import type { OwnAddressReader } from '../subnets/own-addresses.ts'
import { type ForeignServerRow, ForeignServers, frameSource } from '../watch/foreign-servers.ts'
import { LineLimit } from '../watch/line-limit.ts'
import { decodeServerFrame } from '../watch/server-frame.ts'
import { ServerSearch } from '../watch/server-search.ts'
import { StrayAddresses, type StrayAddressRow } from '../watch/stray-addresses.ts'
import { type Door, doorIndex } from './door.ts'

/** What a guard stands on. */
export interface GuardOptions {
  readonly doors: readonly Door[]
  readonly desk: LeaseDesk
  readonly own: OwnAddressReader
  readonly history: DecisionHistory
  readonly clock: Clock
  readonly log: Logger
  readonly section: GuardSection
  /** Takes in messages whose wait is over. */
  readonly resume: (parked: readonly Parked[]) => void
}

/** The settings that it goes by. */
export type GuardSection = Pick<DhcpSection, 'conflictCheck' | 'conflictWaitMs' | 'trustedServers' | 'searchServersMs'>

/** What was found on the links. */
export interface LinkFindings {
  readonly servers: readonly ForeignServerRow[]
  readonly addresses: readonly StrayAddressRow[]
}

/**
 * Listens on the attached links: who answers when it is asked who has an address, who uses addresses without a lease, and
 * which other DHCP servers there are.
 */
export class LinkGuard {
  readonly #options: GuardOptions
  readonly #listeners: readonly FrameListener[]
  /** The interfaces that are listened to. */
  readonly #listened = new Set<string>()
  readonly #servers = new ForeignServers()
  readonly #strays = new StrayAddresses()
  readonly #lines = new LineLimit()
  #section: GuardSection
  readonly #conflicts: ConflictDesk
  #echo: EchoAsker | null = null
  #echoFault: string | null = null
  readonly #search: ServerSearch

  constructor(options: GuardOptions) {
    const { doors, own, section, clock, resume } = options
    this.#options = options
    this.#section = section
    this.#conflicts = new ConflictDesk({
      ...{ waitMs: section.conflictWaitMs, resume },
      nowMs: () => clock.monotonicMs(),
    })
    this.#openEcho()
    this.#search = new ServerSearch(doors, own, clock)
    this.#search.every(section.searchServersMs)
    this.#listeners = doors.flatMap((door) => this.#listen(door))
  }

  /** How addresses are checked that are given to those who come in by a door; null = not at all. */
  checkFor(door: Door): AddressCheck | null {
    if (this.#section.conflictCheck === 'off') return null
    const { own, clock } = this.#options
    const { all, byInterface } = own.at(clock.monotonicMs())
    const byArp = this.#arpCheck(door, byInterface.get(door.device ?? '')?.hardware, all)
    const echo = this.#echo
    const byEcho = echo === null ? null : checkBy(this.#conflicts, (address) => echo.ask(address), all)
    return {
      check: (candidate, nowMs) => {
        const { giaddr, ciaddr, address } = candidate
        // Who answers an echo is not told apart from the client that has the address already.
        const check = giaddr === 0 ? byArp : ciaddr === address ? null : byEcho
        return check?.check(candidate, nowMs) ?? { kind: 'clear' }
      },
    }
  }

  #arpCheck(door: Door, hardware: Uint8Array | undefined, own: ReadonlySet<number>): AddressCheck | null {
    const fd = door.frameFd
    // Where no answer can be heard, nobody waits for one.
    if (fd === null || hardware === undefined || !this.#listened.has(door.device ?? '')) return null
    const ask = (address: number): void => {
      try {
        sendFrame(fd, encodeArpProbe(address, hardware), doorIndex(door))
      } catch (error) {
        // Who is not asked does not answer: the address counts as free, as without the check.
        if (!(error instanceof SystemError)) throw error
      }
    }
    return checkBy(this.#conflicts, ask, own)
  }

  /** Keeps a message until its address is known about. @returns whether one of the same client before it was dropped */
  park(client: string, address: number, parked: Parked): boolean {
    return this.#conflicts.park(client, address, parked)
  }

  /** Takes in that a client chose another server. */
  heardChoice(message: Message, arrival: Arrival): void {
    const { own, clock } = this.#options
    const link = [...own.at(clock.monotonicMs()).byInterface].find(
      ([, { addresses }]) => arrival.link !== null && addresses.includes(arrival.link.address),
    )
    const place = message.giaddr !== 0 ? `relay ${formatIpv4(message.giaddr)}` : (link?.[0] ?? 'unicast')
    this.#noticeServer(message, { mac: null, place, by: 'choice' })
  }

  findings(): LinkFindings {
    const wallMs = this.#options.clock.wallMs()
    return { servers: this.#servers.list(this.#trusted(), wallMs), addresses: this.#strays.list(this.#place(), wallMs) }
  }

  /** What people should know of, in words. */
  warnings(): readonly string[] {
    const { servers, addresses } = this.findings()
    const names = [...new Set(servers.map(({ server }) => server))]
    return [
      ...(names.length === 0 ? [] : [`another DHCP server: ${names.slice(0, 3).join(', ')}`]),
      ...(addresses.length === 0 ? [] : [`${addresses.length} in use without a lease, see: lanward leases foreign`]),
    ]
  }

  counters(): Record<string, number> {
    return { offered_unasked: this.#conflicts.unasked }
  }

  /** Goes by other settings; messages that wait are not answered, and their clients ask again. */
  reload(section: GuardSection): void {
    this.#section = section
    this.#conflicts.restart(section.conflictWaitMs)
    this.#openEcho()
    this.#search.every(section.searchServersMs)
  }

  /** What keeps the guard from its work, in words. */
  faults(): readonly string[] {
    return this.#echoFault === null ? [] : [this.#echoFault]
  }

  close(): void {
    this.#conflicts.close()
    this.#echo?.close()
    this.#search.every(null)
    for (const listener of this.#listeners) listener.stop()
  }

  #openEcho(): void {
    this.#echo?.close()
    this.#echo = null
    this.#echoFault = null
    if (this.#section.conflictCheck !== 'icmp') return
    try {
      this.#echo = new EchoAsker((address) => void this.#answered(address, ''))
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      this.#echoFault = `cannot ask by ICMP: ${error.message}; sysctl -w net.ipv4.ping_group_range="0 2147483647", then lanward reload`
    }
  }

  #listen({ device, frameFd }: Door): FrameListener[] {
    if (device === null || frameFd === null) return []
    try {
      const listener = listenToFrames(frameFd, device, LINK_FILTER, (frame) => this.#onFrame(frame, device))
      this.#listened.add(device)
      return [listener]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#options.log.warn({ device, reason }, 'cannot listen on the link: addresses are offered unasked')
      return []
    }
  }

  #onFrame(frame: Uint8Array, device: string): void {
    const { own, clock } = this.#options
    const { all, byInterface } = own.at(clock.monotonicMs())
    const source = frameSource(frame)
    // Two of our cards may be on one link.
    for (const { hardware } of byInterface.values()) if (formatHex(hardware, ':') === source) return
    const arp = decodeArpPacket(frame)
    if (arp !== null) {
      if (arp.sender !== 0) this.#onUse(arp.sender, formatHex(arp.senderHardware, ':'), device, all)
      return
    }
    const message = decodeServerFrame(frame)
    if (message !== null) this.#noticeServer(message, { mac: source, place: device, by: 'reply' })
  }

  #answered(address: number, mac: string): HeardNews {
    const { history, clock } = this.#options
    const heard = this.#conflicts.heard(address, mac)
    if (heard === 'answer')
      history.add({
        atMs: clock.wallMs(),
        mac,
        clientId: null,
        type: mac === '' ? 'ICMP' : 'ARP',
        outcome: 'in_use',
        reason: 'it answered when it was asked who has the address',
        address,
        relay: 0,
      })
    return heard
  }

  #onUse(address: number, mac: string, device: string, own: ReadonlySet<number>): void {
    const { clock, log } = this.#options
    const heard = this.#answered(address, mac)
    if (heard === 'too many')
      log.warn({ mac, device }, 'answers for address after address (proxy ARP?): its answers are not believed any more')
    const place = { ...this.#place(), own }
    const stray = this.#strays.notice(address, mac, device, place, clock.wallMs())
    if (stray !== null && this.#mayTell())
      log.warn({ address: stray.address, mac, device, leasedTo: stray.leased_to }, STRAY_WORDS[stray.what])
  }

  #noticeServer(message: Message, sighting: Parameters<ForeignServers['notice']>[1]): void {
    const { clock, log } = this.#options
    const row = this.#servers.notice(message, sighting, this.#trusted(), clock.wallMs())
    if (row === null || !this.#mayTell()) return
    const { server, mac, place, address, routers, dns } = row
    log.warn({ server, mac, place, address, routers, dns }, 'another DHCP server is there')
  }

  /** Ourselves, and those that are meant to be there. */
  #trusted(): ReadonlySet<number> {
    const { own, clock } = this.#options
    const configured = this.#section.trustedServers.map((text) => parseIpv4(text) ?? 0)
    return new Set([...own.at(clock.monotonicMs()).all, ...configured])
  }

  #place(): { book: LeaseDesk['book']; own: ReadonlySet<number>; nowMs: number } {
    const { desk, own, clock } = this.#options
    return { book: desk.book, own: own.at(clock.monotonicMs()).all, nowMs: desk.nowMs() }
  }

  #mayTell(): boolean {
    return this.#lines.mayTell(this.#options.clock.monotonicMs())
  }
}

const STRAY_WORDS = {
  'no lease': 'an address is used without a lease',
  'leased to another': 'an address is used by another than the client that has it',
  'our own address': 'another device uses our own address',
} as const
