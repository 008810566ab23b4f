import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { readInterfaceState } from '../linux/interfaces.ts'
import type { DaemonContext, RunningDaemon } from '../runtime/contract.ts'
import { serveDatagrams } from '../runtime/serve-datagrams.ts'
import { parseIpv4 } from '../wire/address.ts'
import { FloodGuard } from './abuse/flood-guard.ts'
import { Advertiser, type AdvertiserOptions } from './advertise/advertiser.ts'
import { readLedger } from './advertise/ledger-file.ts'
import { arrangeRouterDoors } from './advertise/router-door.ts'
import { answerCommand } from './commands/answer-command.ts'
import { ReservationDesk } from './commands/reservation-desk.ts'
import { DecisionHistory } from './decide/decision-history.ts'
import { makeHistoryWriter, readHistory } from './decide/history-file.ts'
import { divideLeases } from './leases/divide-leases.ts'
import type { LeaseBook } from './leases/lease-book.ts'
import { leaseNames } from './leases/lease-names.ts'
import { listLeases } from './leases/lease-row.ts'
import { answerBatch, answerParked } from './links/answer-batch.ts'
import type { Counter, Settings } from './links/answer-requests.ts'
import { arrangeDoors, type Door } from './links/door.ts'
import { interfaceFaults } from './links/interface-faults.ts'
import { LinkGuard } from './links/link-guard.ts'
import { parseHex } from './message/hex.ts'
import { openDesks } from './open-desks.ts'
import type { DhcpSection } from './section.ts'
import { OwnAddressReader } from './subnets/own-addresses.ts'
import { poolUsage } from './subnets/pool-usage.ts'
import { exhaustedPools, fillingPools, PoolWatch, scarcePools } from './subnets/pool-watch.ts'
import { type AddressRange, EVERY_ADDRESS } from './subnets/pools.ts'
import { Tally } from './tally.ts'
import { bindingNames, listBindings } from './v6/binding-row.ts'
import { hasDhcp6, isDoor6 } from './v6/door.ts'
import { ReservationDesk6 } from './v6/reservation-desk.ts'
import { startDhcp6 } from './v6/start-dhcp6.ts'

/** Datagrams per system call, which is also the most leases per commit; room for each. */
const SLOTS = 128
const SLOT_BYTES = 4096
/** While many messages come, how long they gather: what costs most is to wake up for them, and to commit. */
const GATHER_MS = 7
const REMEMBERED_DECISIONS = 4096
const KEEP_HISTORY_MS = 60_000

/** Leases addresses on every attached network and to every relay agent. */
export async function startDhcp(context: DaemonContext<DhcpSection>): Promise<RunningDaemon<DhcpSection>> {
  const { clock, log, section, sockets } = context
  const doors = arrangeDoors(
    sockets.filter((socket) => !isDoor6(socket)),
    section.interfaces,
  )
  const reservations = new ReservationDesk(join(context.stateDir, 'reservations.json'), section)
  const seed = randomInt(2 ** 32)
  const reservations6 = new ReservationDesk6(join(context.stateDir, 'reservations6.json'), section.subnets6)
  const { desk, desk6, setAside } = openDesks(context, reservations.served, reservations6.subnets, seed)
  if (setAside !== null)
    log.error({ file: setAside }, 'the lease store was damaged: it is set aside and a new one begun')
  const own = new OwnAddressReader(fixedAddresses(section, sockets))
  const historyFile = join(context.stateDir, 'history.json')
  const history = new DecisionHistory(REMEMBERED_DECISIONS, () => readHistory(historyFile), seed)
  const keepHistory = makeHistoryWriter(historyFile, history)
  const keeping = setInterval(() => {
    try {
      keepHistory()
    } catch {
      // A disk that takes nothing is told by the lease store.
    }
  }, KEEP_HISTORY_MS)
  const guard = new LinkGuard({
    ...{ doors, desk, own, history, clock, log, section },
    resume: (parked) => answerParked(counter, settings, parked),
  })
  const advertiser = startAdvertiser(context, doors, (neighbour, device) => dhcp6?.heard(neighbour, device))
  const counter: Counter = {
    ...{ desk, own, history, clock, guard },
    tally: new Tally(),
    probeToken: context.probeToken === null ? null : parseHex(context.probeToken),
  }
  const dhcp6 = desk6 === null ? null : startDhcp6(context, desk6, reservations6, history, advertiser)
  let settings = readSettings(section, seed)
  const pools = new PoolWatch(log, poolUsage)
  const servers4 = doors.map((door) => {
    let offers = 0
    return serveDatagrams({
      socket: door.socket,
      slots: SLOTS,
      slotBytes: SLOT_BYTES,
      gatherMs: GATHER_MS,
      log,
      clock,
      onBatch: (batch, count) => {
        offers = answerBatch(counter, settings, door, batch, count)
        pools.look(desk.book, clock.monotonicMs())
      },
      awaited: () => offers,
    })
  })
  const servers = [...servers4, ...(dhcp6?.servers ?? [])]
  const sum = (name: 'received' | 'waited' | 'dropped_kernel' | 'dropped_before' | 'bug'): number =>
    servers.reduce((total, one) => total + one.counters()[name], 0)
  return {
    status: () => {
      desk.book.sweep(desk.nowMs())
      pools.look(desk.book, clock.monotonicMs())
      return [
        ...(desk.book.subnets.length === 0 ? [] : [describe(desk.book)]),
        ...(dhcp6?.status() ?? []),
        ...(advertiser?.status() ?? []),
        ...scarcePools(desk.book),
        ...fillingPools(pools.usage(desk.book)),
        ...guard.warnings(),
        ...(advertiser?.warnings() ?? []),
      ].join('; ')
    },
    faults: () => {
      desk.book.sweep(desk.nowMs())
      const { byInterface } = own.at(clock.monotonicMs())
      const served = doors.flatMap(({ device: name, socket: { fd } }) =>
        name === null
          ? []
          : [
              {
                name,
                state: readInterfaceState(fd, name),
                addresses: byInterface.get(name)?.addresses ?? [],
                servesIpv6: advertiser?.serves(name) ?? false,
              },
            ],
      )
      const store = [desk.fault, reservations.fault].filter((fault) => fault !== null)
      return [
        ...[...store, ...guard.faults(), ...interfaceFaults(served, desk.book), ...exhaustedPools(desk.book)],
        ...(dhcp6?.faults() ?? []),
        ...(advertiser?.faults() ?? []),
      ]
    },
    details: () => ({ pools: [...pools.usage(desk.book), ...(dhcp6?.pools() ?? [])] }),
    counters: () => ({
      ...counter.tally.counters(),
      ...dhcp6?.counters(),
      ...guard.counters(),
      ...advertiser?.counters(),
      received: sum('received'),
      waited: sum('waited'),
      dropped_kernel: sum('dropped_kernel'),
      dropped_before: sum('dropped_before'),
      bug: sum('bug'),
    }),
    answer: async (question, params) => {
      desk.book.sweep(desk.nowMs())
      if (question === 'leases') {
        const all = field(params, 'all') === true
        const most = field(params, 'divide')
        if (typeof most === 'number') return { parts: divideLeases(desk.book, Math.max(1, most)) }
        const part = readRange(field(params, 'part'))
        const rows = listLeases(desk.book, desk.clock, desk.nowMs(), all, part)
        if (desk6 === null || part.last !== EVERY_ADDRESS.last) return rows
        return [...rows, ...listBindings(desk6.book, desk6.clock, desk6.nowMs(), all)]
      }
      if (question === 'lease-names') {
        const addresses = listField(params, 'addresses')
        const names6 = desk6 === null ? [] : bindingNames(desk6.book, desk6.nowMs(), addresses)
        return [...leaseNames(desk.book, desk.nowMs(), addresses), ...names6]
      }
      if (question === 'why') return history.about(String(field(params, 'key') ?? ''))
      if (question === 'foreign') return { ...guard.findings(), routers: advertiser?.findings() ?? [] }
      const now = own.at(clock.monotonicMs())
      const { serverIdentifier, relayPort } = settings
      const site = { own: now.all, serverIdentifier, relayPort }
      const interfaces = doors.flatMap(({ device }) => device ?? [])
      const relayed = doors.filter(({ device, socket }) => device === null && !socket.probeOnly)
      const listeners = relayed.flatMap(({ socket: { url } }) => ('host' in url ? (parseIpv4(url.host) ?? []) : []))
      return answerCommand(
        {
          desk,
          dhcp6: dhcp6?.place() ?? null,
          reservations,
          history: counter.history,
          clock,
          site,
          own: now,
          interfaces,
          listeners,
          trustedLinks: settings.trustedLinks,
        },
        question,
        params,
      )
    },
    reload: async (next) => {
      if (next.listen.join() !== section.listen.join() || next.interfaces.join() !== section.interfaces.join())
        throw new Error('other sockets need a restart')
      if (next.subnets6.length > 0 && advertiser === null) throw new Error('to begin with IPv6 needs a restart')
      if (hasDhcp6(next) !== (dhcp6 !== null)) throw new Error('to begin or end with DHCPv6 needs a restart')
      if (next.serverId !== section.serverId) throw new Error('another server identifier needs a restart')
      desk.replan(reservations.configure(next), next.limits.leasesPerPort)
      settings = readSettings(next, seed)
      dhcp6?.reload(next)
      guard.reload(next)
      advertiser?.reload(next.subnets6)
    },
    drain: async () => {
      for (const server of servers) {
        server.drain()
        server.close()
      }
      advertiser?.close()
      dhcp6?.close()
      guard.close()
      desk.close()
      clearInterval(keeping)
      try {
        keepHistory()
      } catch (error) {
        log.warn({ err: error }, 'cannot keep what was decided')
      }
    },
  }
}

/** Null where no host was ever told of IPv6. Without a subnet, too, what hosts were told before is taken back. */
function startAdvertiser(
  { clock, log, section, sockets, stateDir }: DaemonContext<DhcpSection>,
  doors4: readonly Door[],
  onNeighbour: AdvertiserOptions['onNeighbour'],
): Advertiser | null {
  const { subnets6: subnets, interfaces } = section
  const ledgerFile = join(stateDir, 'advertised.json')
  const holdsDoor = sockets.some(({ url }) => url.scheme === 'icmp6')
  if (subnets.length === 0 && !holdsDoor && readLedger(ledgerFile).length === 0) return null
  const frames = new Map(
    doors4.flatMap(({ device, frameFd }) => (device === null || frameFd === null ? [] : [[device, frameFd] as const])),
  )
  return new Advertiser({
    ...{ clock, log, random: Math.random, subnets, interfaces, ledgerFile, frames, onNeighbour },
    ...arrangeRouterDoors(sockets, interfaces),
  })
}

/** One line for people. */
function describe({ subnets }: LeaseBook): string {
  const bound = subnets.reduce((total, subnet) => total + subnet.boundCount(), 0)
  const free = subnets.reduce((total, subnet) => total + subnet.freeCount(), 0)
  return `${count(bound, 'lease', 'leases')} in ${count(subnets.length, 'subnet', 'subnets')}, ${count(free, 'address', 'addresses')} free`
}

function count(number: number, one: string, many: string): string {
  // Not toLocaleString: it loads all of ICU, which cost 14 ms of each start and 9 MiB.
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, ',')} ${number === 1 ? one : many}`
}

function readSettings(section: DhcpSection, seed: number): Settings {
  return {
    serverIdentifier: section.serverId === null ? null : parseIpv4(section.serverId),
    relayPort: section.relayPort,
    trustedLinks: new Set(section.trustedLinks),
    flood: new FloodGuard(section.limits, seed),
  }
}

/** Addresses that are ours even when no interface has them. */
function fixedAddresses(section: DhcpSection, sockets: DaemonContext<DhcpSection>['sockets']): number[] {
  const hosts = sockets.map(({ url }) => ('host' in url ? url.host : ''))
  return [section.serverId ?? '', ...hosts].flatMap((host) => parseIpv4(host) ?? [])
}

function field(params: unknown, name: string): unknown {
  return typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined
}

function listField(params: unknown, name: string): readonly unknown[] | null {
  const value = field(params, name)
  return Array.isArray(value) ? value : null
}

/** All addresses, where the question is for no part of them. */
function readRange(part: unknown): AddressRange {
  const [first, last] = [field(part, 'first'), field(part, 'last')]
  return typeof first === 'number' && typeof last === 'number' ? { first, last } : EVERY_ADDRESS
}
