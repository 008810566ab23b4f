import type { KernelClock } from '../../daemons/linux/kernel-clock.ts'
import { Authenticator } from '../../daemons/ntp/auth/authenticator.ts'
import { KeyRing } from '../../daemons/ntp/auth/key-ring.ts'
import { ClientTable } from '../../daemons/ntp/client-table.ts'
import { DepartureMemory } from '../../daemons/ntp/interleaved/departure-memory.ts'
import { Interleaver, type ReplyMode } from '../../daemons/ntp/interleaved/interleaver.ts'
import type { LeapReport } from '../../daemons/ntp/leap/leap-keeper.ts'
import type { Outcome } from '../../daemons/ntp/outcome.ts'
import { Random32 } from '../../daemons/ntp/random32.ts'
import type { OwnAddresses } from '../../daemons/ntp/reference-id.ts'
import { stampTransmit } from '../../daemons/ntp/reply.ts'
import { isReply, readRules, respond, type TimeServer } from '../../daemons/ntp/respond.ts'
import type { NtpSection } from '../../daemons/ntp/section.ts'
import { ServedClock } from '../../daemons/ntp/served-clock.ts'
import { parseAddress } from '../../daemons/wire/address.ts'

export const EVERYONE = ['0.0.0.0/0', '::/0']

export function section(change: Partial<NtpSection> = {}): NtpSection {
  return {
    listen: [],
    clock: 'local',
    localStratum: 10,
    kernelStratum: 5,
    smear: false,
    instances: 1,
    allow: EVERYONE,
    rateLimit: null,
    sources: [],
    ...change,
  }
}

/** A server with known secrets; `probe` is none unless given. */
export function makeServer(
  change: Partial<NtpSection> = {},
  probe: TimeServer['probe'] = null,
  seed = 7,
  readKernel: () => KernelClock | null = () => null,
): TimeServer {
  const settings = section(change)
  return {
    clock: new ServedClock(settings, -20, readKernel),
    random: new Random32(seed),
    clients: new ClientTable(4096, 99),
    interleaver: new Interleaver(new DepartureMemory(64, 99)),
    authenticator: new Authenticator(new KeyRing(settings.keys ?? null), null),
    probe,
    ...readRules(settings),
  }
}

export interface Asking {
  readonly from?: string
  readonly port?: number
  /** Unix time of arrival. */
  readonly seconds?: number
  readonly nanoseconds?: number
  /** Time of the answer, after the arrival. */
  readonly laterNs?: number
  /** Monotonic. */
  readonly nowMs?: number
}

export interface Asked {
  readonly outcome: Outcome
  readonly mode: ReplyMode
  readonly reply: Buffer | null
}

/** 2026-11-25, any day will do. */
export const ARRIVAL = 1_795_600_000

/** Asks one datagram, in the middle of a bigger memory whose other bytes must stay as they are. */
export function ask(server: TimeServer, request: Uint8Array, asking: Asking = {}): Asked {
  const address = parseAddress(asking.from ?? '192.0.2.7') ?? new Uint8Array(4)
  const margin = 16
  const memory = Buffer.alloc(margin + Math.max(48, request.length) + margin, 0xa5)
  memory.set(request, margin)
  const seconds = asking.seconds ?? ARRIVAL
  const nanoseconds = asking.nanoseconds ?? 123_456_789
  const outcome = respond(
    server,
    memory,
    margin,
    request.length,
    address,
    0,
    address.length === 4 ? 4 : 16,
    asking.port ?? 40_000,
    seconds,
    nanoseconds,
    asking.nowMs ?? 0,
  )
  const protection = server.authenticator.take()
  let replyLength = 48
  const mode = server.interleaver.take()
  if (isReply(outcome) && mode !== 'interleaved') {
    const answered = nanoseconds + (asking.laterNs ?? 50_000)
    stampTransmit(server, memory, margin, seconds + Math.floor(answered / 1e9), answered % 1e9)
    if (protection !== null) replyLength = protection.seal(memory, margin, request.length)
  }
  const around = [...memory.subarray(0, margin), ...memory.subarray(memory.length - margin)]
  if (around.some((byte) => byte !== 0xa5)) throw new Error('wrote outside of the slot')
  return { outcome, mode, reply: isReply(outcome) ? memory.subarray(margin, margin + replyLength) : null }
}

/** 48 octets: the first one, poll 6, a transmit timestamp; then any tail. */
export function request(first: number, tail: Uint8Array = new Uint8Array(0)): Buffer {
  const bytes = Buffer.alloc(48)
  bytes[0] = first
  bytes[2] = 6
  bytes.write('c0ffee1122334455', 40, 'hex')
  return Buffer.concat([bytes, tail])
}

/** 32.32 at an offset, as one big number. */
export function stamp(reply: Buffer, at: number): bigint {
  return reply.readBigUInt64BE(at)
}

/** What a server without a leap file reports of leap seconds. */
export const NO_LEAP: LeapReport = { today: null, file: null, expires: null, expired: false, smear_s: 0 }

/** A machine without addresses. */
export const NOBODY: OwnAddresses = { texts: new Set(), outer: new Set(), inner: new Set() }

/** Of a machine whose kernel tells nothing, and whose clock is not ours to keep. */
export const UNKEPT = { kernel: null, discipline: null } as const
