import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Logger } from 'pino'
import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import { interfaceIndex, readInterfaceState } from '../../linux/interfaces.ts'
import { sendDatagram, sendFrame } from '../../linux/send-datagram.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { Clock } from '../../runtime/contract.ts'
import { type DatagramServer, serveDatagrams } from '../../runtime/serve-datagrams.ts'
import { formatAddress } from '../../wire/address.ts'
import {
  decodeNeighbourAdvertisement,
  encodeNeighbourSolicitation,
  NEIGHBOUR_ADVERTISEMENT,
  type Neighbour,
  type NeighbourSource,
} from '../conflict/neighbour-messages.ts'
import { formatHex } from '../message/hex.ts'
import type { DhcpSubnet6 } from '../section.ts'
import { LineLimit } from '../watch/line-limit.ts'
import { type AttachedLink, readLink, subnetsOn } from './attached-link.ts'
import { findContradictions, prefixText } from './contradictions.ts'
import { decodeAdvertisement } from './decode-advertisement.ts'
import { type ForeignRouterRow, ForeignRouters } from './foreign-routers.ts'
import { readLedger, writeLedger } from './ledger-file.ts'
import { LinkAdvertiser } from './link-advertiser.ts'
import { linkFaults } from './link-faults.ts'
import { NeighbourTally } from './neighbour-tally.ts'
import { planAdvertisement } from './plan-advertisement.ts'
import { planLinks } from './plan-links.ts'
import type { ToldPrefix } from './prefix-ledger.ts'
import type { RouterDoor } from './router-door.ts'
import { type NeighbourArrival, ROUTER_SOLICITATION, solicitationFault } from './router-solicitation.ts'
import type { Random } from './schedule.ts'

/** What an advertiser stands on. */
export interface AdvertiserOptions {
  readonly doors: readonly RouterDoor[]
  /** Why there is no door to some links, in words. */
  readonly faults: readonly string[]
  /** By device, a socket that sends frames. */
  readonly frames: ReadonlyMap<string, number>
  readonly subnets: readonly DhcpSubnet6[]
  /** The configured links: what was told to others cannot be taken back any more. */
  readonly interfaces: readonly string[]
  /** Where it is kept what hosts were told. */
  readonly ledgerFile: string
  readonly clock: Clock
  readonly log: Logger
  readonly random: Random
  /** Takes in that a host has an address. */
  readonly onNeighbour: (neighbour: Neighbour, device: string) => void
}

/** Addresses that come, change or go are seen after this long. */
const LOOK_EVERY_MS = 2000
const SLOTS = 16
const SLOT_BYTES = 2048

/** Tells the hosts of the attached links about their IPv6 networks, and hears what other routers tell them. */
export class Advertiser {
  readonly #options: AdvertiserOptions
  readonly #links: ReadonlyMap<string, LinkAdvertiser>
  readonly #servers: readonly DatagramServer[]
  readonly #routers = new ForeignRouters()
  readonly #tally = new NeighbourTally()
  readonly #lines = new LineLimit()
  #subnets: readonly DhcpSubnet6[]
  #records: readonly ToldPrefix[]
  /** As they were at the last look. */
  #attached: readonly AttachedLink[] = []
  #ledgerFault: string | null = null
  #lookMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: AdvertiserOptions) {
    const { doors, subnets, interfaces, ledgerFile, log, clock, random } = options
    this.#options = options
    this.#subnets = subnets
    const told = readLedger(ledgerFile)
    this.#records = told.filter(({ device }) => interfaces.includes(device))
    if (this.#records.length < told.length) this.#keep(this.#records)
    this.#links = new Map(
      doors.map(({ device, socket: { fd } }) => [
        device,
        new LinkAdvertiser((message, address, source) => {
          sendDatagram(fd, message, { address, port: 0, device: interfaceIndex(device), source })
        }, random),
      ]),
    )
    this.#servers = doors.map((door) =>
      serveDatagrams({
        ...{ socket: door.socket, slots: SLOTS, slotBytes: SLOT_BYTES, log, clock },
        onBatch: (batch, count) => {
          for (let slot = 0; slot < count; slot++) this.#take(door, batch, slot)
          this.#advance()
        },
      }),
    )
    this.#look()
  }

  /** Goes by other subnets; hosts hear of it at once. */
  reload(subnets: readonly DhcpSubnet6[]): void {
    this.#subnets = subnets
    this.#look()
  }

  /** Whether hosts of a link can be asked and heard. */
  canAsk(device: string): boolean {
    return this.#sourceOn(device) !== null && this.#links.has(device)
  }

  /** Asks the hosts of a link who has an address. Who is not asked does not answer. @rfc 4861 section 7.2.2 */
  ask(device: string, address: bigint): void {
    const source = this.#sourceOn(device)
    if (source === null) return
    try {
      sendFrame(source.fd, encodeNeighbourSolicitation(address, source), interfaceIndex(device))
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }

  /** What is told where, for people; nothing when nobody is told anything. */
  status(): readonly string[] {
    const links = [...this.#links].flatMap(([device, { telling }]) => {
      const prefixes = (telling?.told.prefixes ?? []).filter(({ preferredSeconds }) => preferredSeconds > 0)
      return prefixes.length === 0 ? [] : [`${prefixes.map(prefixText).join(', ')} on ${device}`]
    })
    return links.length === 0 ? [] : [`advertises ${links.join(' and ')}`]
  }

  /** Whether a subnet is on the link of an interface. */
  serves(device: string): boolean {
    const link = this.#linkOf(device)
    return link !== undefined && subnetsOn(link, this.#subnets).length > 0
  }

  /** What people should know of, in words. */
  warnings(): readonly string[] {
    const rows = this.findings().filter(({ contradictions }) => contradictions.length > 0)
    return rows
      .slice(-3)
      .map(
        ({ router, interface: device }) => `router ${router} on ${device} contradicts us, see: lanward leases foreign`,
      )
  }

  /** Other routers that were heard. */
  findings(): readonly ForeignRouterRow[] {
    return this.#routers.list(this.#options.clock.wallMs())
  }

  /** Why hosts are not told all, in words. */
  faults(): readonly string[] {
    const { doors, clock } = this.#options
    const examined = this.#attached.flatMap((link) =>
      doors
        .filter(({ device }) => device === link.device)
        .map(({ device, socket: { fd } }) => ({
          link,
          state: readInterfaceState(fd, device),
          forwards: forwards(device),
        })),
    )
    const unsent = [...this.#links].flatMap(([device, link]) => {
      const why = link.fault(clock.monotonicMs())
      return why === null ? [] : [`cannot send router advertisements on ${device}: ${why}`]
    })
    return [
      ...this.#options.faults,
      ...linkFaults(examined, this.#subnets),
      ...unsent,
      ...(this.#ledgerFault === null ? [] : [this.#ledgerFault]),
    ]
  }

  counters(): Record<string, number> {
    const links = [...this.#links.values()]
    const sum = (name: 'sent' | 'failed'): number => links.reduce((total, { counts }) => total + counts[name], 0)
    return { ...this.#tally.counters(), router_advertisements: sum('sent'), advertise_failed: sum('failed') }
  }

  /** Ends in order: hosts learn that we are no router any more. */
  close(): void {
    clearTimeout(this.#timer)
    for (const server of this.#servers) server.close()
    for (const link of this.#links.values()) link.resign()
  }

  #take({ device }: RouterDoor, batch: DatagramBatch, slot: number): void {
    const bytes = batch.bytes.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + batch.length(slot))
    const from = batch.peerOffset(slot)
    const arrival = { source: batch.peers.subarray(from, from + 16), hopLimit: batch.hopLimit(slot) }
    if (bytes[0] === NEIGHBOUR_ADVERTISEMENT) {
      const neighbour = decodeNeighbourAdvertisement(bytes, arrival.hopLimit)
      if (typeof neighbour === 'string') this.#tally.count(neighbour)
      else this.#options.onNeighbour(neighbour, device)
      return
    }
    if (bytes[0] !== ROUTER_SOLICITATION) {
      this.#hear(device, bytes, arrival)
      return
    }
    const fault = solicitationFault(bytes, arrival)
    this.#tally.count(fault ?? 'router_solicitations')
    if (fault === null) this.#links.get(device)?.solicited(arrival.source, this.#options.clock.monotonicMs())
  }

  /** Takes in what another router tells; two of our own interfaces may be on one link. */
  #hear(device: string, bytes: Uint8Array, arrival: NeighbourArrival): void {
    const { clock, log } = this.#options
    const router = formatAddress(arrival.source, 16)
    const link = this.#linkOf(device)
    const isOurs = ({ linkLocal }: AttachedLink): boolean =>
      linkLocal !== null && formatAddress(linkLocal, 16) === router
    if (link === undefined || this.#attached.some(isOurs)) return
    const decoded = decodeAdvertisement(bytes, arrival)
    this.#tally.count(decoded.kind === 'malformed' ? decoded.reason : 'foreign_advertisements')
    if (decoded.kind === 'malformed') return
    const { told } = decoded
    const mine = subnetsOn(link, this.#subnets)
    const weAdvertise = mine.some(({ advertise }) => advertise !== null)
    const contradictions = mine.length === 0 ? [] : findContradictions(told, planAdvertisement(link, mine), weAdvertise)
    const mac = told.linkAddress === null ? null : formatHex(told.linkAddress, ':')
    const row = this.#routers.notice({ told, router, mac, interface: device, contradictions }, clock.wallMs())
    if (row === null || !this.#lines.mayTell(clock.monotonicMs())) return
    const { prefixes, lifetime_s } = row
    if (contradictions.length > 0)
      log.warn({ router, mac, device, contradictions }, 'another router tells hosts other things than we')
    else log.info({ router, mac, device, prefixes, lifetime_s }, 'another router is there')
  }

  /** Sees what the links are like now, and tells them what follows from it. */
  #look(): void {
    const { doors, clock } = this.#options
    const interfaces = networkInterfaces()
    this.#lookMs = clock.monotonicMs() + LOOK_EVERY_MS
    this.#attached = doors.map(({ device }) => readLink(device, interfaces[device]))
    const { tellings, records } = planLinks(this.#attached, this.#subnets, this.#records, clock.wallMs())
    if (records !== this.#records) this.#keep(records)
    for (const [device, telling] of tellings) this.#links.get(device)?.tell(telling, clock.monotonicMs())
    this.#advance()
  }

  #linkOf(device: string): AttachedLink | undefined {
    return this.#attached.find((one) => one.device === device)
  }

  #sourceOn(device: string): (NeighbourSource & { readonly fd: number }) | null {
    const { hardware, linkLocal } = this.#linkOf(device) ?? { hardware: null, linkLocal: null }
    const fd = this.#options.frames.get(device)
    return hardware === null || linkLocal === null || fd === undefined ? null : { hardware, linkLocal, fd }
  }

  #keep(records: readonly ToldPrefix[]): void {
    const { ledgerFile, log } = this.#options
    this.#records = records
    try {
      writeLedger(ledgerFile, records)
      this.#ledgerFault = null
    } catch (error) {
      this.#ledgerFault = 'cannot keep what hosts were told of prefixes: after a restart they are not taken back'
      log.warn({ err: error }, this.#ledgerFault)
    }
  }

  #advance(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const link of this.#links.values()) link.advance(nowMs)
    const soonestMs = Math.min(...[...this.#links.values()].map((link) => link.nextMs()), this.#lookMs)
    clearTimeout(this.#timer)
    if (this.#links.size > 0) this.#timer = setTimeout(() => this.#look(), Math.max(1, soonestMs - nowMs))
  }
}

function forwards(device: string): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${device}/forwarding`, 'latin1').trim() !== '0'
  } catch {
    return true
  }
}
