import { randomInt } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { type KernelClock, readKernelClock } from '../linux/kernel-clock.ts'
import { readWallTime } from '../linux/wall-time.ts'
import type { DaemonContext, RunningDaemon } from '../runtime/contract.ts'
import { serveDatagrams } from '../runtime/serve-datagrams.ts'
import { BatchAnswerer } from './answer-batch.ts'
import { Authenticator } from './auth/authenticator.ts'
import { openKeys } from './auth/open-keys.ts'
import { SourceGuards } from './auth/source-guards.ts'
import { openUpstream, type Upstream } from './client/upstream.ts'
import { ClientTable } from './client-table.ts'
import { createTally, toCounters } from './outcome.ts'
import { Random32 } from './random32.ts'
import { readRules, type TimeServer } from './respond.ts'
import type { NtpSection } from './section.ts'
import { measurePrecision, ServedClock } from './served-clock.ts'
import { reportTime } from './time-report.ts'

/** Datagrams per system call, and room for each: 48 octets, 1024 of extension fields, a MAC. */
const SLOTS = 64
const SLOT_BYTES = 1152

/** Clients and networks remembered; 64 octets each. */
const CLIENTS = 131_072

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
  let server: TimeServer = {
    clock: new ServedClock(context.section, precision, kernelReader(log)),
    random: new Random32(randomInt(2 ** 32)),
    clients: new ClientTable(CLIENTS, randomInt(2 ** 32)),
    authenticator: new Authenticator(keys.ring),
    probe: readProbe(context.probeToken),
    ...readRules(context.section),
  }
  const follow = ({ sources }: NtpSection): Upstream =>
    openUpstream({
      sources,
      guards: new SourceGuards(keys.ring),
      served: server.clock,
      clock,
      log,
      precision,
      stateDir: context.stateDir,
    })
  let { sources } = context.section
  let upstream = follow(context.section)
  const tally = createTally()
  const answerer = new BatchAnswerer(SLOTS, readWallTime)
  const datagrams = context.sockets
    .filter((socket) => socket.url.scheme === 'udp')
    .map((socket) =>
      serveDatagrams({
        socket,
        slots: SLOTS,
        slotBytes: SLOT_BYTES,
        log,
        clock,
        onBatch: (batch, count) => answerer.answer(server, batch, count, clock.monotonicMs(), tally),
      }),
    )
  const sum = (name: 'waited' | 'dropped_kernel' | 'dropped_before' | 'bug'): number =>
    datagrams.reduce((total, one) => total + one.counters()[name], 0)
  return {
    status: () => {
      const { clients } = server.clients
      return `${describeClock(server.clock)}, ${clients} client${clients === 1 ? '' : 's'}`
    },
    faults: () => [...keys.ring.faults, ...upstream.faults()],
    counters: () => ({
      ...toCounters(tally),
      waited: sum('waited'),
      dropped_kernel: sum('dropped_kernel'),
      dropped_before: sum('dropped_before'),
      bug: sum('bug'),
    }),
    answer: async (question) =>
      question === 'time'
        ? reportTime(
            server.clock,
            upstream.report(),
            server.clients,
            Math.floor(clock.wallMs() / 1000),
            clock.monotonicMs(),
          )
        : undefined,
    reload: async (section) => {
      if (section.listen.join() !== listen.join()) throw new Error('other sockets need a restart')
      keys.reload(section)
      server = { ...server, ...readRules(section) }
      server.clock.setOwn(section)
      if (isDeepStrictEqual(section.sources, sources)) return
      sources = section.sources
      upstream.close()
      server.clock.follow(null)
      upstream = follow(section)
    },
    drain: async () => {
      upstream.close()
      keys.close()
      for (const one of datagrams) {
        one.drain()
        one.close()
      }
    },
  }
}

/** A sandbox may forbid to ask the kernel: told once, and nobody is said to keep the clock. */
function kernelReader(log: Logger): () => KernelClock | null {
  let told = false
  return () => {
    try {
      return readKernelClock()
    } catch (error) {
      if (!told)
        log.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          'the kernel does not tell of its clock',
        )
      told = true
      return null
    }
  }
}

/** The first eight octets of the token are the transmit timestamp of a probe. */
function readProbe(token: string | null): TimeServer['probe'] {
  if (token === null) return null
  return { high: Number.parseInt(token.slice(0, 8), 16), low: Number.parseInt(token.slice(8, 16), 16) }
}

function describeClock(clock: ServedClock): string {
  switch (clock.origin) {
    case 'source':
      return `stratum ${clock.stratum} from ${clock.followed?.name}`
    case 'kernel':
      return `stratum ${clock.stratum} from the kernel's clock, which another program keeps`
    case 'local':
      return `local stratum ${clock.stratum}`
    case 'none':
      return 'not synchronised'
  }
}
