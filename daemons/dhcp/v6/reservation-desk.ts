import { readClientWord } from '../commands/client-word.ts'
import { MadeList, type Planned } from '../commands/made-list.ts'
import { Refusal } from '../commands/refusal.ts'
import { type ReservationRow, readHostname } from '../commands/reservation-rules.ts'
import { isOccupied } from '../leases/lease.ts'
import { parseHex } from '../message/hex.ts'
import type { DhcpReservation6, DhcpSubnet6 } from '../section.ts'
import { formatIpv6, parseIpv6 } from './address.ts'
import type { BindingDesk } from './binding-desk.ts'
import { isDuid } from './duid.ts'
import {
  asReservation6,
  isSameClient6,
  type MadeReservation6,
  mergeReservations6,
  readMadeReservation6,
} from './made-reservations.ts'
import type { SubnetBindings } from './subnet-bindings.ts'

/** What a person wishes. */
export interface ReservationWish6 {
  /** An IPv6 address, or in hex with or without colons or hyphens: a hardware address or a DUID. */
  readonly client: string
  readonly address: string
  readonly hostname: string | null
}

/**
 * Reservations of IPv6 made by command: kept in a file of the state folder, in force beside those of the configuration,
 * which go before.
 */
export class ReservationDesk6 {
  readonly #made: MadeList<MadeReservation6>
  #subnets: readonly DhcpSubnet6[]

  /** @param subnets as configured */
  constructor(path: string, subnets: readonly DhcpSubnet6[]) {
    this.#made = new MadeList(path, readMadeReservation6, 'IPv6 reservations')
    this.#subnets = subnets
  }

  /** Why those made by command are not in force, in words. */
  get fault(): string | null {
    return this.#made.fault
  }

  /** What is configured, with the reservations made by command added to it. */
  get subnets(): readonly DhcpSubnet6[] {
    return mergeReservations6(this.#subnets, this.#made.all)
  }

  /** Goes by another configuration from now on; returns it with what was made added. */
  configure(subnets: readonly DhcpSubnet6[]): readonly DhcpSubnet6[] {
    this.#subnets = subnets
    return this.subnets
  }

  /**
   * Makes a reservation, writes it and puts it in force.
   *
   * @returns the reservation, and the client that has the address until it gives it up
   * @throws Refusal
   */
  reserve(
    desk: BindingDesk,
    own: ReadonlySet<bigint>,
    wish: ReservationWish6,
    wallMs: number,
  ): MadeReservation6 & { readonly subnet: string; readonly taken_by: string | null } {
    const planned = plan(desk, own, wish, wallMs)
    const { made, subnet } = planned
    this.#made.add(planned, this.list())
    desk.replan(this.subnets)
    return { ...made, subnet: subnet.plan.name, taken_by: holderOf(desk, subnet, made) }
  }

  /**
   * Makes many reservations at once, as far as they can be.
   *
   * @param dry only tells what would be done
   * @returns of each, in order, why it cannot be, in words; null = it is made
   */
  reserveAll(
    desk: BindingDesk,
    own: ReadonlySet<bigint>,
    wishes: readonly ReservationWish6[],
    { wallMs, dry }: { readonly wallMs: number; readonly dry: boolean },
  ): readonly (string | null)[] {
    const planFor = (wish: ReservationWish6): Plan => plan(desk, own, wish, wallMs)
    const objections = this.#made.addAll(wishes, planFor, this.list(), dry)
    if (!dry && objections.includes(null)) desk.replan(this.subnets)
    return objections
  }

  /**
   * Takes back what was made for a client or an address.
   *
   * @param word as the client of a wish
   * @returns what is no longer in force; none when nothing was made for it
   * @throws Error when the file cannot be written
   */
  unreserve(desk: BindingDesk, word: string): readonly MadeReservation6[] {
    const address = parseIpv6(word)
    const key = address === null ? readKey(word) : null
    const isMeant = (one: MadeReservation6): boolean =>
      address === null ? key !== null && keyText(one) === keyText(key) : parseIpv6(one.address) === address
    const gone = this.#made.remove(isMeant)
    if (gone.length > 0) desk.replan(this.subnets)
    return gone
  }

  /** All that are in force, by subnet. */
  list(): readonly ReservationRow[] {
    return this.subnets.flatMap(({ subnet, reservations }) =>
      reservations.map((reservation) => {
        const made = this.#made.all.find(
          (one) => one.address === reservation.address && isSameClient6(reservation, one),
        )
        return rowOf(subnet, reservation, made?.made ?? null)
      }),
    )
  }
}

interface Plan extends Planned<MadeReservation6> {
  readonly subnet: SubnetBindings
}

/** A reservation as it would be, whatever others there are. @throws Refusal */
function plan(desk: BindingDesk, own: ReadonlySet<bigint>, wish: ReservationWish6, wallMs: number): Plan {
  const address = parseIpv6(wish.address) ?? 0n
  const subnet = desk.book.subnetOf(address)
  if (subnet?.plan.stateful !== true)
    throw new Refusal(`${wish.address} lies in no served subnet that addresses are given in`)
  // RFC 4291 section 2.6.1: the first address belongs to the routers of the link.
  if (own.has(address) || address === subnet.plan.first) throw new Refusal(`${wish.address} is not for clients`)
  const hostname = readHostname(wish.hostname)
  const key = keyOf(desk, wish.client)
  const made = { address: formatIpv6(address), ...key, hostname, made: new Date(wallMs).toISOString() }
  return { made, row: rowOf(subnet.plan.name, asReservation6(made), made.made), subnet }
}

type Key = Pick<MadeReservation6, 'mac' | 'duid'>

function keyOf(desk: BindingDesk, client: string): Key {
  const address = parseIpv6(client)
  const key = address === null ? readKey(client) : null
  if (key !== null) return key
  if (address === null) throw new Refusal('a client of IPv6 is a MAC, an IPv6 address, or a DUID in hex')
  const binding = desk.book.subnetOf(address)?.at(address)
  if (binding === undefined) throw new Refusal(`no client is known at ${formatIpv6(address)}`)
  return { mac: null, duid: binding.duid }
}

function readKey(text: string): Key | null {
  const word = readClientWord(text)
  if (word?.kind === 'mac') return { mac: word.mac, duid: null }
  if (word?.kind !== 'client id' || !isDuid(parseHex(word.clientId) ?? new Uint8Array(0))) return null
  return { mac: null, duid: word.clientId }
}

/** As the row of a reservation has it. */
function keyText({ mac, duid }: Key): string {
  return mac ?? `duid ${duid}`
}

function rowOf(
  subnet: string,
  { address, hostname, macs, duids }: DhcpReservation6,
  made: string | null,
): ReservationRow {
  return { address, subnet, hostname, keys: [...macs, ...duids.map((hex) => `duid ${hex}`)], made }
}

/** Who has the address now, when it is another. */
function holderOf(desk: BindingDesk, subnet: SubnetBindings, { address, mac, duid }: MadeReservation6): string | null {
  const binding = subnet.at(parseIpv6(address) ?? 0n)
  if (binding === undefined || binding.state !== 'bound' || !isOccupied(binding, desk.nowMs())) return null
  const isSame = mac === null ? binding.duid === duid : binding.mac === mac
  return isSame ? null : binding.mac || binding.duid
}
