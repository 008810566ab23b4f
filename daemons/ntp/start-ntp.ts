import { randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { KernelClock } from '../linux/kernel-clock.ts'
import { sendWhole } from '../linux/open-socket.ts'
import { readWallTime } from '../linux/wall-time.ts'
import type { DaemonContext, RunningDaemon } from '../runtime/contract.ts'
import { serveDatagrams } from '../runtime/serve-datagrams.ts'
import { BatchAnswerer } from './answer-batch.ts'
import { Authenticator } from './auth/authenticator.ts'
import { openKeys } from './auth/open-keys.ts'
import { SourceGuards } from './auth/source-guards.ts'
import { openUpstream } from './client/upstream.ts'
import type { ClientRecord } from './client-record.ts'
import { ClientTable } from './client-table.ts'
import { describeClock } from './describe-clock.ts'
import type { Discipline } from './discipline/discipline.ts'
import { hasOneAddress, Instances, partSockets } from './instances/instances.ts'
import { DepartureMemory } from './interleaved/departure-memory.ts'
import { Interleaver } from './interleaved/interleaver.ts'
import { kernelReader } from './kernel-reader.ts'
import { LeapKeeper } from './leap/leap-keeper.ts'
import { measurePrecision } from './measure-precision.ts'
import { createTally, toCounters } from './outcome.ts'
import { Random32 } from './random32.ts'
import { ownAddresses } from './reference-id.ts'
import { readRules, type TimeServer } from './respond.ts'
import type { NtpSection } from './section.ts'
import { ServedClock } from './served-clock.ts'
import { reportTime } from './time-report.ts'
import { warmUp } from './warm-up.ts'

/** Datagrams per system call, and room for each: 48 octets, 1024 of extension fields, a MAC. */
const SLOTS = 64
const SLOT_BYTES = 1152

/** Clients and networks remembered; 64 octets each. */
const CLIENTS = 131_072

/** Replies whose departure is remembered for clients in interleaved mode; 20 octets each. */
const DEPARTURES = 16_384

/** When the first answers are out, and how much time others have between the slices of it. */
const WARM_AFTER_MS = 500
const WARM_PAUSE_MS = 10

/** Serves time on every held UDP socket. */
export async function startNtp(context: DaemonContext<NtpSection>): Promise<RunningDaemon<NtpSection>> {
  const { clock, log } = context
  const { listen } = context.section
  const wall = new Uint32Array(64)
  const precision = measurePrecision(() => {
    readWallTime(wall)
    return wall[2] ?? 0
  })
  const keys = openKeys(context.section, log)
  const readKernel = kernelReader(log)
  const { nts: settings } = context.section
  // TLS costs a start 10 ms and 6 MB: only who serves with it loads it.
  const nts =
    settings === undefined
      ? null
      : (await import('./nts/open-nts.ts')).openNts({
          ...context,
          settings,
          slots: SLOTS,
          allow: () => server.rules.allow,
        })
  const { discipline: kept } = context.section
  let discipline: Discipline | null = null
  let server: TimeServer = {
    clock: new ServedClock(context.section, precision, () =>
      // What the kernel says while we keep its clock is our own word.
      kept === undefined || discipline?.hasStopped === true ? readKernel() : null,
    ),
    random: new Random32(randomInt(2 ** 32)),
    clients: new ClientTable(CLIENTS, randomInt(2 ** 32)),
    interleaver: new Interleaver(new DepartureMemory(DEPARTURES, randomInt(2 ** 32))),
    authenticator: new Authenticator(keys.ring, nts?.opener ?? null),
    probe: readProbe(context.probeToken),
    ...readRules(context.section),
  }
  // Whoever does not touch the clock does not even load what could.
  if (kept !== undefined) {
    const { kernelClock } = await import('../linux/steered-clock.ts')
    const { openDiscipline } = await import('./discipline/open-discipline.ts')
    discipline = openDiscipline({ ...context, settings: kept, machine: kernelClock, served: server.clock })
  }
  const upstream = openUpstream({
    sources: context.section.sources,
    guards: new SourceGuards(keys.ring, clock.monotonicMs),
    served: discipline ?? server.clock,
    clock: discipline?.untouched ?? clock,
    ...(discipline === null ? {} : { steered: discipline }),
    log,
    precision,
    stateDir: context.stateDir,
  })
  const watchLeaps = ({ leapFile, smear }: NtpSection): LeapKeeper => {
    const file = leapFile ?? null
    const onSourcesMoved = (by: number): void => upstream.timeMoved(by)
    const readLeap = (): KernelClock | null => (discipline === null ? readKernel() : discipline.promise(readKernel()))
    return new LeapKeeper({ file, smear, served: server.clock, clock, readKernel: readLeap, onSourcesMoved })
  }
  let leap = watchLeaps(context.section)
  const tally = createTally()
  const answerer = new BatchAnswerer(SLOTS, readWallTime)
  const sockets = context.sockets.filter((socket) => socket.url.scheme === 'udp')
  // No reply is longer than its request, nor than a slot.
  for (const { fd } of sockets) sendWhole(fd)
  const parts = partSockets(sockets)
  const datagrams = (parts[0] ?? []).map((socket) =>
    serveDatagrams({
      socket,
      slots: SLOTS,
      slotBytes: SLOT_BYTES,
      stampOnly: hasOneAddress(socket),
      log,
      clock,
      onSending: (batch, count) => answerer.stamp(server, batch, count),
      onSent: (sent) => answerer.sent(sent),
      onDeparture: (bytes, offset, length, seconds, nanoseconds) =>
        server.interleaver.left(server.clock, bytes, offset, length, seconds, nanoseconds),
      onBatch: (batch, count) => answerer.answer(server, batch, count, clock.monotonicMs(), tally),
    }),
  )
  let section = context.section
  const instances = new Instances(parts, {
    section,
    clock: server.clock.state,
    precision,
    probe: server.probe,
    ntsKeys: nts?.keys.set ?? null,
    departures: DEPARTURES,
    slots: SLOTS,
    slotBytes: SLOT_BYTES,
    clients: { capacity: CLIENTS, secret: randomInt(2 ** 32) },
    log,
    monotonic: clock,
  })
  const tellInstances = (): void =>
    instances.tell({ section, clock: server.clock.state, ntsKeys: nts?.keys.set ?? null })
  if (!instances.isAlone) server.clock.onChange = tellInstances
  if (nts !== null) nts.keys.onChange = tellInstances
  const sum = (name: 'waited' | 'dropped_kernel' | 'dropped_before' | 'bug'): number =>
    datagrams.reduce((total, one) => total + one.counters()[name], instances.sum(name))
  const newest = (limit: number, nowMs: number): readonly ClientRecord[] =>
    [...server.clients.newest(limit, nowMs), ...instances.newest(limit, nowMs)]
      .sort((a, b) => b.seenMs - a.seenMs)
      .slice(0, limit)
  const warming = setTimeout(
    () => warmUp(server, (next) => void setTimeout(next, WARM_PAUSE_MS).unref()),
    WARM_AFTER_MS,
  )
  warming.unref()
  return {
    status: () => {
      const clients = server.clients.clients + instances.clients
      const words = [
        describeClock(server.clock),
        ...(discipline?.words() ?? []),
        ...leap.words(),
        `${clients} client${clients === 1 ? '' : 's'}`,
      ]
      return words.join(', ')
    },
    faults: () => [
      ...instances.faults(),
      ...keys.ring.faults,
      ...(nts?.faults() ?? []),
      ...upstream.faults(),
      ...(discipline?.faults() ?? []),
      ...(leap.fault === null ? [] : [leap.fault]),
    ],
    counters: () => {
      const all = { ...tally }
      instances.addTo(all)
      return {
        ...toCounters(all),
        ...nts?.counters(),
        waited: sum('waited'),
        dropped_kernel: sum('dropped_kernel'),
        dropped_before: sum('dropped_before'),
        bug: sum('bug'),
      }
    },
    answer: async (question) => {
      if (question === 'reread') {
        keys.look()
        nts?.look()
        tellInstances()
        return true
      }
      if (question !== 'time') return undefined
      return reportTime(
        {
          clock: server.clock,
          sources: upstream.report(),
          leap: leap.report(),
          kernel: readKernel(),
          discipline: discipline?.report() ?? null,
          clients: { newest },
          own: ownAddresses(),
        },
        Math.floor(clock.wallMs() / 1000),
        clock.monotonicMs(),
      )
    },
    reload: async (fresh) => {
      if (fresh.listen.join() !== listen.join() || fresh.instances !== section.instances)
        throw new Error('other sockets need a restart')
      if (!isDeepStrictEqual(fresh.nts, settings)) throw new Error('other settings of NTS need a restart')
      if (!isDeepStrictEqual(fresh.discipline, kept))
        throw new Error('another way to keep the clock of this machine needs a restart')
      const { sources } = section
      section = fresh
      keys.reload(section)
      nts?.look()
      server = { ...server, ...readRules(section) }
      server.clock.setOwn(section)
      leap.close()
      leap = watchLeaps(section)
      tellInstances()
      if (!isDeepStrictEqual(section.sources, sources)) upstream.replaceSources(section.sources)
    },
    drain: async () => {
      clearTimeout(warming)
      leap.close()
      upstream.close()
      discipline?.close()
      keys.close()
      nts?.close()
      await instances.stop()
      for (const one of datagrams) {
        one.drain()
        one.close()
      }
    },
  }
}

/** The first eight octets of the token are the transmit timestamp of a probe. */
function readProbe(token: string | null): TimeServer['probe'] {
  if (token === null) return null
  return { high: Number.parseInt(token.slice(0, 8), 16), low: Number.parseInt(token.slice(8, 16), 16) }
}
