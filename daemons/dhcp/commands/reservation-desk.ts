import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { isOccupied } from '../leases/lease.ts'
import type { ServedSubnets } from '../leases/lease-book.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import type { DhcpReservation } from '../section.ts'
import { isEdge } from '../subnets/subnet-plan.ts'
import { type ClientWord, findMeant } from './client-word.ts'
import { MadeList, type Planned } from './made-list.ts'
import { type MadeReservation, readMadeReservation } from './made-reservations.ts'
import { asReservation, isSameClient, mergeReservations } from './merge-reservations.ts'
import { Refusal } from './refusal.ts'
import { type ReservationRow, readHostname } from './reservation-rules.ts'

/** What a person wishes. */
export interface ReservationWish {
  readonly client: ClientWord
  readonly address: string
  readonly hostname: string | null
}

/**
 * Reservations made by command: kept in a file of the state folder, in force beside those of the configuration, which
 * go before.
 */
export class ReservationDesk {
  readonly #made: MadeList<MadeReservation>
  #served: ServedSubnets

  /** @param served as configured */
  constructor(path: string, served: ServedSubnets) {
    this.#made = new MadeList(path, readMadeReservation, 'reservations')
    this.#served = served
  }

  /** Why those made by command are not in force, in words. */
  get fault(): string | null {
    return this.#made.fault
  }

  /** What is configured, with the reservations made by command added to it. */
  get served(): ServedSubnets {
    const { classes, subnets } = this.#served
    return { classes, subnets: mergeReservations(subnets, this.#made.all) }
  }

  /** Goes by another configuration from now on; returns it with what was made added. */
  configure(served: ServedSubnets): ServedSubnets {
    this.#served = served
    return this.served
  }

  /**
   * Makes a reservation, writes it and puts it in force.
   *
   * @returns the reservation, and the client that has the address until it gives it up
   * @throws Refusal
   */
  reserve(
    desk: LeaseDesk,
    own: ReadonlySet<number>,
    wish: ReservationWish,
    wallMs: number,
  ): MadeReservation & { readonly subnet: string; readonly taken_by: string | null } {
    const planned = plan(desk, own, wish, wallMs)
    const { made, subnet } = planned
    this.#made.add(planned, this.list())
    desk.replan(this.served)
    return { ...made, subnet: subnet.plan.name, taken_by: holderOf(desk, subnet, made) }
  }

  /**
   * Makes many reservations at once, as far as they can be.
   *
   * @param dry only tells what would be done
   * @returns of each, in order, why it cannot be, in words; null = it is made
   */
  reserveAll(
    desk: LeaseDesk,
    own: ReadonlySet<number>,
    wishes: readonly ReservationWish[],
    { wallMs, dry }: { readonly wallMs: number; readonly dry: boolean },
  ): readonly (string | null)[] {
    const planFor = (wish: ReservationWish): Plan => plan(desk, own, wish, wallMs)
    const objections = this.#made.addAll(wishes, planFor, this.list(), dry)
    if (!dry && objections.includes(null)) desk.replan(this.served)
    return objections
  }

  /**
   * Takes back what was made for a client or an address.
   *
   * @returns what is no longer in force; none when nothing was made for it
   * @throws Error when the file cannot be written
   */
  unreserve(desk: LeaseDesk, word: ClientWord): readonly MadeReservation[] {
    const gone = this.#made.remove((one) => isFor(word, one))
    if (gone.length > 0) desk.replan(this.served)
    return gone
  }

  /** All that are in force, by subnet. */
  list(): readonly ReservationRow[] {
    return this.served.subnets.flatMap(({ subnet, reservations }) =>
      reservations.map((reservation) => {
        const made = this.#made.all.find((one) => one.address === reservation.address && isSameClient(reservation, one))
        return rowOf(subnet, reservation, made)
      }),
    )
  }
}

function rowOf(subnet: string, reservation: DhcpReservation, made: MadeReservation | undefined): ReservationRow {
  const { address, hostname, macs, clientIds, circuitIds, remoteIds } = reservation
  return {
    address,
    subnet,
    hostname,
    keys: [
      ...macs,
      ...clientIds.map((hex) => `client ${hex}`),
      ...circuitIds.map((hex) => `circuit ${hex}`),
      ...remoteIds.map((hex) => `remote ${hex}`),
    ],
    made: made?.made ?? null,
  }
}

interface Plan extends Planned<MadeReservation> {
  readonly subnet: SubnetLeases
}

/** A reservation as it would be, whatever others there are. @throws Refusal */
function plan(desk: LeaseDesk, own: ReadonlySet<number>, wish: ReservationWish, wallMs: number): Plan {
  const address = parseIpv4(wish.address) ?? 0
  const subnet = desk.book.subnetOf(address)
  if (subnet === null) throw new Refusal(`${wish.address} lies in no served subnet`)
  if (isEdge(subnet.plan, address) || own.has(address)) throw new Refusal(`${wish.address} is not for clients`)
  const hostname = readHostname(wish.hostname)
  const key = keyOf(desk, wish.client)
  const made = { address: formatIpv4(address), ...key, hostname, made: new Date(wallMs).toISOString() }
  return { made, row: rowOf(subnet.plan.name, asReservation(made), made), subnet }
}

function keyOf(desk: LeaseDesk, client: ClientWord): Pick<MadeReservation, 'mac' | 'client_id'> {
  if (client.kind === 'mac') return { mac: client.mac, client_id: null }
  if (client.kind === 'client id') return { mac: null, client_id: client.clientId }
  const lease = findMeant(desk.book, client)[0]
  if (lease === undefined) throw new Refusal(`no client is known at ${formatIpv4(client.address)}`)
  return lease.mac === '' ? { mac: null, client_id: lease.clientId } : { mac: lease.mac, client_id: null }
}

/** Who has the address now, when it is another. */
function holderOf(desk: LeaseDesk, subnet: SubnetLeases, made: MadeReservation): string | null {
  const lease = subnet.leaseAt(parseIpv4(made.address) ?? 0)
  if (lease === undefined || lease.state !== 'bound' || !isOccupied(lease, desk.nowMs())) return null
  const isSame = made.mac === null ? lease.clientId === made.client_id : lease.mac === made.mac
  return isSame ? null : lease.mac || lease.clientId
}

function isFor(word: ClientWord, made: MadeReservation): boolean {
  switch (word.kind) {
    case 'address':
      return parseIpv4(made.address) === word.address
    case 'mac':
      return made.mac === word.mac
    case 'client id':
      return made.client_id === word.clientId
  }
}
