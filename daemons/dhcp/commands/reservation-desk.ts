import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { isOccupied } from '../leases/lease.ts'
import type { ServedSubnets } from '../leases/lease-book.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import type { DhcpReservation } from '../section.ts'
import { isEdge } from '../subnets/subnet-plan.ts'
import { type ClientWord, findMeant } from './client-word.ts'
import { type MadeReservation, readMadeReservations, writeReservationFile } from './made-reservations.ts'
import { asReservation, isSameClient, mergeReservations } from './merge-reservations.ts'
import { Refusal } from './refusal.ts'
import { attempt, objectionTo, type ReservationRow, readHostname } from './reservation-rules.ts'

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
  readonly #path: string
  #made: readonly MadeReservation[]
  #served: ServedSubnets
  /** Why the file cannot be read, in words: those of the configuration are in force alone, and the file is left as it is. */
  readonly fault: string | null

  /** @param served as configured */
  constructor(path: string, served: ServedSubnets) {
    this.#path = path
    this.#served = served
    const read = attempt(() => readMadeReservations(path))
    this.#made = typeof read === 'string' ? [] : read
    this.fault = typeof read === 'string' ? `reservations made by command are not in force: ${read}` : null
  }

  /** What is configured, with the reservations made by command added to it. */
  get served(): ServedSubnets {
    const { classes, subnets } = this.#served
    return { classes, subnets: mergeReservations(subnets, this.#made) }
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
    const { made, subnet } = plan(desk, own, wish, wallMs)
    const objection = objectionTo(this.list(), wishOf(made, subnet.plan.name))
    if (objection !== null) throw new Refusal(objection)
    this.#keep(desk, [...this.#made, made])
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
    const rows = [...this.list()]
    const made: MadeReservation[] = []
    const objections = wishes.map((wish) => {
      const planned = attempt(() => plan(desk, own, wish, wallMs))
      if (typeof planned === 'string') return planned
      const { name } = planned.subnet.plan
      const objection = objectionTo(rows, wishOf(planned.made, name))
      if (objection !== null) return objection
      made.push(planned.made)
      rows.push(rowOf(name, asReservation(planned.made), planned.made))
      return null
    })
    if (made.length > 0 && !dry) this.#keep(desk, [...this.#made, ...made])
    return objections
  }

  /**
   * Takes back what was made for a client or an address.
   *
   * @returns what is no longer in force; none when nothing was made for it
   * @throws Error when the file cannot be written
   */
  unreserve(desk: LeaseDesk, word: ClientWord): readonly MadeReservation[] {
    const gone = this.#made.filter((one) => isFor(word, one))
    if (gone.length > 0)
      this.#keep(
        desk,
        this.#made.filter((one) => !gone.includes(one)),
      )
    return gone
  }

  /** All that are in force, by subnet. */
  list(): readonly ReservationRow[] {
    return this.served.subnets.flatMap(({ subnet, reservations }) =>
      reservations.map((reservation) => {
        const made = this.#made.find((one) => one.address === reservation.address && isSameClient(reservation, one))
        return rowOf(subnet, reservation, made)
      }),
    )
  }

  #keep(desk: LeaseDesk, made: readonly MadeReservation[]): void {
    if (this.fault !== null) throw new Refusal(this.fault)
    writeReservationFile(this.#path, made)
    this.#made = made
    desk.replan(this.served)
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

/** A reservation as it would be, whatever others there are. @throws Refusal */
function plan(
  desk: LeaseDesk,
  own: ReadonlySet<number>,
  wish: ReservationWish,
  wallMs: number,
): { readonly made: MadeReservation; readonly subnet: SubnetLeases } {
  const address = parseIpv4(wish.address) ?? 0
  const subnet = desk.book.subnetOf(address)
  if (subnet === null) throw new Refusal(`${wish.address} lies in no served subnet`)
  if (isEdge(subnet.plan, address) || own.has(address)) throw new Refusal(`${wish.address} is not for clients`)
  const hostname = readHostname(wish.hostname)
  const made = { address: formatIpv4(address), ...keyOf(desk, wish.client), hostname }
  return { made: { ...made, made: new Date(wallMs).toISOString() }, subnet }
}

function keyOf(desk: LeaseDesk, client: ClientWord): Pick<MadeReservation, 'mac' | 'client_id'> {
  if (client.kind === 'mac') return { mac: client.mac, client_id: null }
  if (client.kind === 'client id') return { mac: null, client_id: client.clientId }
  const lease = findMeant(desk.book, client)[0]
  if (lease === undefined) throw new Refusal(`no client is known at ${formatIpv4(client.address)}`)
  return lease.mac === '' ? { mac: null, client_id: lease.clientId } : { mac: lease.mac, client_id: null }
}

function wishOf({ address, mac, client_id: id }: MadeReservation, subnet: string): Parameters<typeof objectionTo>[1] {
  return { address, key: mac ?? `client ${id}`, subnet }
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
