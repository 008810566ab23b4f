import { hostname } from 'node:os'
import { join } from 'node:path'
import type { DatagramBatch } from '../linux/datagram-batch.ts'
import type { DaemonContext, HeldSocket, RunningDaemon } from '../runtime/contract.ts'
import { type DatagramServer, serveDatagrams } from '../runtime/serve-datagrams.ts'
import { TlsIdentity } from '../runtime/tls-identity.ts'
import { Archive } from './archive/archive.ts'
import { Collector } from './collector.ts'
import { Forwarder } from './forward/forwarder.ts'
import { accountLine } from './ledger/account.ts'
import type { LossLedger } from './ledger/loss-ledger.ts'
import { openLedger } from './ledger/open-ledger.ts'
import { RateLimits } from './limits/rate-limits.ts'
import { isServiceLine } from './parse/service-line.ts'
import { TimeInference } from './parse/time-inference.ts'
import { ProbeEcho } from './probe-echo.ts'
import { partSockets, Receiver } from './receivers/receivers.ts'
import type { SyslogSection } from './section.ts'
import { deviceGap } from './senders/device-gap.ts'
import { openSenders } from './senders/open-senders.ts'
import { senderNames } from './senders/sender-names.ts'
import { SourceNames } from './source-names.ts'
import type { KeptSegment } from './store/retention.ts'
import { SegmentStore } from './store/segment-store.ts'
import { slotBytesFor } from './store/slot-bytes.ts'
import { StreamDesk, type StreamLimits } from './streams/stream-desk.ts'
import { StreamListener } from './streams/stream-listener.ts'
import { RefusedPeers } from './tls/refused-peers.ts'
import { TlsListener } from './tls/tls-listener.ts'

/** Datagrams per system call. */
const SLOTS = 128
/** Nobody waits for an answer to a log message; those of busy senders wait this long at most, which saves a wake-up for each. */
const GATHER_MS = 8
/** Rounds of reading at a stop; what comes later waits in the held socket for the next process. */
const DRAIN_ROUNDS = 64
/** How often age is looked at, of segments and of what they keep, and whether a fault is over. */
const TICK_MS = 10_000
/** How often the ledger looks at the counts: how well it knows when something was lost. */
const COUNT_MS = 1000
/** For unfinished messages of all connections together; a process of ours should stay below 90 MiB. */
const HELD_BYTES = 16 << 20

/** Opens the store and serves every held socket. @throws Error when the store cannot be opened */
export async function startSyslog(context: DaemonContext<SyslogSection>): Promise<RunningDaemon<SyslogSection>> {
  const { clock, log } = context
  let section = context.section
  const folder = join(context.stateDir, 'segments')
  const store = new SegmentStore({ folder, limits: section, clock, log })
  const probe = context.probeToken === null ? null : new ProbeEcho(context.probeToken)
  const inference = new TimeInference((wallMs) => -new Date(wallMs).getTimezoneOffset())
  const senders = openSenders({ stateDir: context.stateDir, pins: section.senders, clock, log })
  const forwarder = new Forwarder({
    ...{ stateDir: context.stateDir, host: hostname(), clock, log, chance: Math.random },
    end: () => store.nextSeq,
    segments: () => store.segments(),
  })
  const collector = new Collector({
    ...{ store, clock, log, inference, senders: senders.book, probe, host: hostname() },
    onlooker: forwarder,
    giveUp: context.giveUp,
  })
  const datagrams: DatagramServer[] = []
  const streams: StreamListener[] = []
  const identity = section.tls === null ? null : new TlsIdentity(section.tls)
  const secured: TlsListener[] = []
  const refusals = new RefusedPeers({ clock, log })
  const rates = new RateLimits(section.limits.rate)
  const desk = new StreamDesk(collector, streamLimits(section))
  const account = openLedger({
    ...{ stateDir: context.stateDir, segments: folder, tally: collector.tally, clock, log },
    nextSeq: () => store.nextSeq,
    connections: () => desk.counters().open,
    targets: () => forwarder.reports(),
  })
  desk.watch((open) => account.connected(open))
  await forwarder.follow(section.forward)
  store.watch(() => {
    forwarder.wake()
    account.appended()
  })
  const neededFrom = (): number | null => forwarder.neededFrom()
  const segments = (): readonly KeptSegment[] => store.segments()
  const archive = new Archive({ folder, section: section.archive, clock, log, segments, neededFrom })

  const storeOf = (socket: HeldSocket) => {
    const names = new SourceNames(socket.name, senders.book, rates)
    const slotBytes = slotBytesOf(socket, section)
    return (batch: DatagramBatch, count: number): void =>
      collector.acceptBatch(batch, count, names, Math.min(section.maxMessageBytes, slotBytes))
  }
  const isDivided = ({ url, probeOnly }: HeldSocket): boolean =>
    section.instances > 1 && url.scheme === 'udp' && !probeOnly
  const receivers = partSockets(context.sockets.filter(isDivided)).map(
    (sockets) =>
      new Receiver(sockets, {
        ...{ slots: SLOTS, slotBytes: slotBytesFor(section.maxMessageBytes, 'udp'), gatherMs: GATHER_MS, storeOf, log },
        ...{ counts: account.counts, marks: () => account.marks() },
      }),
  )
  for (const { socket, server } of receivers.flatMap(({ servers }) => servers)) {
    account.watch(socket, server)
    datagrams.push(server)
  }

  for (const socket of context.sockets) {
    if (isDivided(socket)) continue
    if (socket.url.scheme === 'tcp' || socket.url.scheme === 'unix-stream') {
      streams.push(new StreamListener(socket, desk, log))
      continue
    }
    if (socket.url.scheme === 'tls') {
      if (section.tls !== null) secured.push(new TlsListener(socket, section.tls, { desk, refusals, log }))
      continue
    }
    const server = serveDatagrams({
      ...{
        socket,
        slots: SLOTS,
        slotBytes: slotBytesOf(socket, section),
        log,
        clock,
        gatherMs: socket.url.scheme === 'udp' ? GATHER_MS : 0,
        stampOnly: true,
      },
      onBatch: storeOf(socket),
      marks: account.marks(),
    })
    account.watch(socket, server)
    datagrams.push(server)
  }

  const tick = (): void => {
    forwarder.tick()
    archive.tick()
    store.tick()
    if (identity?.look() === true) for (const listener of secured) listener.serve(identity)
  }
  let syncTimer = startSyncing(store, section.sync)
  // A plain interval: the times that count are those of the segments, and node-cron brings ICU: 25 ms and 15 MiB.
  const ticks = setInterval(tick, TICK_MS)
  tick()
  const count = (): void => {
    for (const gap of senders.tick()) account.ledger.add(deviceGap(gap))
    account.ledger.tick()
  }
  const counting = setInterval(count, COUNT_MS)
  // The first look reads files: only when what has waited is served.
  setImmediate(count)

  return {
    status: () => [describe(store, account.ledger), archive.note() ?? []].flat().join('; '),
    account: () => account.ledger.report(),
    faults: () => [
      ...[...store.faults(), ...account.ledger.faults(), ...senders.faults(), ...forwarder.faults()],
      ...archive.faults(),
      ...streams.flatMap((listener) => listener.fault() ?? []),
      ...[identity?.fault(clock.wallMs()) ?? []].flat(),
    ],
    counters: () => {
      const kernel = datagrams.map((server) => server.counters())
      const connections = desk.counters()
      return {
        ...collector.tally.counters(),
        ...forwarder.counters(),
        ...archive.counters(),
        dropped_kernel: sum(kernel, (each) => each.dropped_kernel),
        dropped_before: sum(kernel, (each) => each.dropped_before),
        waited: sum(kernel, (each) => each.waited),
        bug: sum(kernel, (each) => each.bug) + sum([...collector.tally.doors().values()], (door) => door.bug),
        connections: connections.open,
        connections_accepted: connections.accepted,
        connections_evicted: connections.evicted,
        connections_timed_out: connections.timedOut,
        connections_broken: connections.broken,
        tls_failed: sum(secured, (each) => each.counters().failed),
        tls_refused: sum(secured, (each) => each.counters().refused),
      }
    },
    details: () => ({ forward: forwarder.reports(), tls_refused: refusals.report() }),
    answer: async (question, params) => {
      if (question === 'senders') return senders.report()
      if (question === 'sender-names') return senderNames(senders.book.all(), params)
      if (question !== 'store-lines') return undefined
      const lines = typeof params === 'object' && params !== null && 'lines' in params ? params.lines : null
      if (!Array.isArray(lines) || !lines.every(isServiceLine)) throw new Error('cannot store lines: wrong params')
      return { stored: collector.acceptServiceLines(lines) }
    },
    reload: async (fresh) => {
      if (fresh.listen.join('\n') !== section.listen.join('\n')) throw new Error('only a restart can change listen')
      if (fresh.instances !== section.instances) throw new Error('only a restart can change instances')
      if (context.sockets.some((socket) => slotBytesOf(socket, fresh) > slotBytesOf(socket, section)))
        throw new Error('only a restart can raise max_message')
      if (JSON.stringify(fresh.tls) !== JSON.stringify(section.tls)) throw new Error('only a restart can change tls')
      section = fresh
      store.setLimits(fresh)
      desk.setLimits(streamLimits(fresh))
      rates.limit = fresh.limits.rate
      senders.setPins(fresh.senders)
      await forwarder.follow(fresh.forward)
      archive.setSection(fresh.archive)
      clearInterval(syncTimer)
      syncTimer = startSyncing(store, fresh.sync)
      tick()
    },
    drain: async () => {
      for (const listener of [...streams, ...secured]) listener.close()
      await desk.close()
      await Promise.all(receivers.map((receiver) => receiver.stop()))
      for (const server of datagrams) {
        drainQueue(server)
        server.close()
      }
      await forwarder.close()
      await archive.close()
      for (const timer of [ticks, syncTimer, counting]) clearInterval(timer)
      for (const gap of senders.tick()) account.ledger.add(deviceGap(gap))
      senders.close()
      account.close()
      store.close()
    },
  }
}

/** Reads until the queue was empty once, or a fixed number of rounds: a flood must not hold up the stop. */
function drainQueue(server: DatagramServer): void {
  let before = -1
  for (let round = 0; round < DRAIN_ROUNDS; round++) {
    const { received } = server.counters()
    if (received === before) return
    before = received
    server.drain()
  }
}

/** Room for each datagram of a socket; none for those that take connections. */
function slotBytesOf({ url: { scheme } }: HeldSocket, { maxMessageBytes }: SyslogSection): number {
  return scheme === 'udp' || scheme === 'unix' ? slotBytesFor(maxMessageBytes, scheme) : 0
}

function startSyncing(store: SegmentStore, sync: SyslogSection['sync']): NodeJS.Timeout | undefined {
  return typeof sync === 'number' ? setInterval(() => store.sync(), sync) : undefined
}

function streamLimits({ maxMessageBytes, limits }: SyslogSection): StreamLimits {
  const maxHeldBytes = Math.max(HELD_BYTES, 4 * maxMessageBytes)
  const maxConnections = limits.connections
  const maxConnectionsPerSender = limits.connectionsPerSender
  return { maxMessageBytes, maxHeldBytes, maxConnections, maxConnectionsPerSender, unfinishedMs: 300_000, retryMs: 500 }
}

function describe(store: SegmentStore, ledger: LossLedger): string {
  const faults = store.faults()
  if (faults.length > 0) return faults.join('; ')
  const account = ledger.account()
  const line = account === null ? '' : accountLine(account)
  const { messages, segments, bytes } = store.usage()
  return `${plural(messages, 'message')} in ${plural(segments, 'segment')}, ${(bytes / (1 << 20)).toFixed(1)} MiB${line === '' ? '' : `; ${line}`}`
}

/** `1 message`, `12,345 messages`; not by toLocaleString, which loads all of ICU. */
function plural(count: number, noun: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${noun}${count === 1 ? '' : 's'}`
}

function sum<Item>(items: readonly Item[], pick: (item: Item) => number): number {
  return items.reduce((total, item) => total + pick(item), 0)
}
