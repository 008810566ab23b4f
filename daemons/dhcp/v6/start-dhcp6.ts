import { randomBytes, randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { DaemonContext } from '../../runtime/contract.ts'
import { type DatagramServer, serveDatagrams } from '../../runtime/serve-datagrams.ts'
import type { Neighbour } from '../conflict/neighbour-messages.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import type { DhcpSection } from '../section.ts'
import type { PoolUsage } from '../subnets/pool-usage.ts'
import { exhaustedPools, fillingPools, PoolWatch, scarcePools } from '../subnets/pool-watch.ts'
import { SERVED6, Tally } from '../tally.ts'
import { answerBatch6, type Settings6 } from './answer-batch.ts'
import { answerParked6, type Counter6 } from './answer-requests.ts'
import type { BindingDesk } from './binding-desk.ts'
import type { CommandPlace6 } from './command-place.ts'
import { arrangeDoors6, hearGroups } from './door.ts'
import { FloodGuard6 } from './flood-guard.ts'
import { type NeighbourAsker, NeighbourGuard } from './neighbour-guard.ts'
import { OwnAddressReader6 } from './own-addresses.ts'
import { poolUsage6 } from './pool-usage.ts'
import { probeDuid } from './probe.ts'
import type { ReservationDesk6 } from './reservation-desk.ts'
import { keepServerDuid } from './server-duid.ts'

/** Datagrams per system call, which is also the most messages per commit; room for each and for its answer. */
const SLOTS = 128
const SLOT_BYTES = 4096
/** While many messages come, how long they gather: those read together share one commit, the dearest part of an exchange. */
const GATHER_MS = 3

/** DHCPv6 beside DHCP, as the daemon shows it. */
export interface Dhcp6 {
  readonly servers: readonly DatagramServer[]
  /** For people, in parts. */
  status(): readonly string[]
  faults(): readonly string[]
  pools(): readonly PoolUsage[]
  counters(): Readonly<Record<string, number>>
  /** Takes in that a host of an attached link has an address. */
  heard(neighbour: Neighbour, device: string): void
  /** What a person's commands work on. */
  place(): CommandPlace6
  reload(section: DhcpSection): void
  close(): void
}

/**
 * Serves DHCPv6 on every attached network and to relay agents. Whoever stops it drains its servers and closes it.
 *
 * @param asker null = nobody can be asked who has an address
 * @throws Error when the sockets cannot be opened, or the DUID of this server cannot be kept
 */
export function startDhcp6(
  { clock, log, probeToken, section, sockets, stateDir }: DaemonContext<DhcpSection>,
  desk: BindingDesk,
  reservations: ReservationDesk6,
  history: DecisionHistory,
  asker: NeighbourAsker | null,
): Dhcp6 {
  const doors = arrangeDoors6(sockets, section)
  for (const door of doors) hearGroups(door)
  const guard =
    asker === null
      ? null
      : new NeighbourGuard({
          ...{ asker, section, history, clock, log },
          resume: (parked) => answerParked6(counter, parked),
        })
  const counter: Counter6 = {
    ...{ desk, history, clock, guard },
    own: new OwnAddressReader6(),
    tally: new Tally(SERVED6),
    server: keepServerDuid(join(stateDir, 'server-duid'), randomBytes(16)),
    probe: probeToken === null ? null : probeDuid(Buffer.from(probeToken, 'hex')),
  }
  const seed = randomInt(2 ** 32)
  let settings = readSettings(section, seed)
  const pools = new PoolWatch(log, poolUsage6)
  const servers = doors.map((door) =>
    serveDatagrams({
      socket: door.socket,
      slots: SLOTS,
      slotBytes: SLOT_BYTES,
      gatherMs: GATHER_MS,
      log,
      clock,
      onBatch: (batch, count) => {
        answerBatch6(counter, settings, door, batch, count)
        pools.look(desk.book, clock.monotonicMs())
      },
    }),
  )
  const swept = (): BindingDesk['book'] => {
    desk.book.sweep(desk.nowMs())
    return desk.book
  }
  return {
    servers,
    status: () => {
      const { subnets } = swept()
      pools.look(desk.book, clock.monotonicMs())
      const leases = subnets.reduce((sum, subnet) => sum + subnet.boundCount(), 0)
      return [
        `${leases} IPv6 ${leases === 1 ? 'lease' : 'leases'} in ${subnets.length} ${subnets.length === 1 ? 'subnet' : 'subnets'}`,
        ...scarcePools(desk.book),
        ...fillingPools(pools.usage(desk.book)),
      ]
    },
    faults: () => [
      ...[desk.fault, reservations.fault].filter((fault) => fault !== null),
      ...doors.flatMap((door) => (hearGroups(door) ? [] : [`${door.device} has no IPv6: DHCPv6 hears nobody there`])),
      ...exhaustedPools(swept()),
    ],
    pools: () => pools.usage(swept()),
    counters: () => ({
      ...Object.fromEntries(Object.entries(counter.tally.counters()).map(([name, count]) => [`v6_${name}`, count])),
      ...guard?.counters(),
    }),
    heard: (neighbour, device) => guard?.heard(neighbour, device),
    place: () => {
      swept()
      const devices = doors.flatMap(({ device }) => device ?? [])
      return { desk, reservations, own: counter.own.at(clock.monotonicMs()), server: counter.server, devices }
    },
    reload: (next) => {
      desk.replan(reservations.configure(next.subnets6))
      settings = readSettings(next, seed)
      guard?.reload(next)
    },
    close: () => guard?.close(),
  }
}

function readSettings({ relayPort, limits }: DhcpSection, seed: number): Settings6 {
  return { relayPort, flood: new FloodGuard6(limits, seed) }
}
