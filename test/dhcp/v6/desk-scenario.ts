import { pino } from 'pino'
import type { DhcpSubnet6 } from '../../../daemons/dhcp/section.ts'
import { formatIpv6, readAddress } from '../../../daemons/dhcp/v6/address.ts'
import { encodeAnswer } from '../../../daemons/dhcp/v6/answer.ts'
import { clientMac } from '../../../daemons/dhcp/v6/binding.ts'
import { BindingDesk } from '../../../daemons/dhcp/v6/binding-desk.ts'
import { MESSAGE_TYPES, OPTION, STATUS } from '../../../daemons/dhcp/v6/codes.ts'
import type { Decision6 } from '../../../daemons/dhcp/v6/decision.ts'
import { findLink } from '../../../daemons/dhcp/v6/find-link.ts'
import { MemoryBindingStore } from '../../../daemons/dhcp/v6/memory-binding-store.ts'
import { decodeOptions, findOption, type Option } from '../../../daemons/dhcp/v6/options-codec.ts'
import { decodeDatagram } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { readUint16, readUint32 } from '../../../daemons/wire/octets.ts'
import { address, type ClientMessage, clientDatagram, duidLl, relayed, type TestRelay } from './client-message.ts'
import { attached6, relayed6 } from './fixture.ts'

export const SERVER = '0004000102030405060708090a0b0c0d0e0f'
const BEGAN_MS = 1_800_000_000_000

/** An association as a client reads it in an answer. */
export interface SeenAssociation {
  readonly code: number
  readonly iaid: number
  readonly t1: number
  readonly t2: number
  readonly addresses: readonly { readonly address: string; readonly preferred: number; readonly valid: number }[]
  readonly status: string | null
}

/** What a test sees of a decision: the answer as a client reads it. */
export interface Seen6 {
  readonly outcome: string
  readonly reason: string
  readonly type: string | null
  readonly status: string | null
  readonly associations: readonly SeenAssociation[]
  readonly options: readonly Option[]
  readonly decision: Decision6
}

/** Where a message comes from, where that is not a multicast on the attached network. */
export interface From6 {
  readonly source?: string
  readonly unicast?: boolean
  readonly device?: string | null
  readonly relays?: readonly TestRelay[]
}

/** A desk with the two subnets of the fixture and a clock that the test moves. */
export class DeskScenario6 {
  readonly store: MemoryBindingStore
  readonly time = { wall: BEGAN_MS, monotonic: 5_000 }
  readonly own: ReadonlySet<bigint>
  subnets: readonly DhcpSubnet6[]
  desk: BindingDesk
  isTaken = (_name: string): boolean => false

  constructor(
    changes: Partial<DhcpSubnet6> = {},
    own: readonly string[] = ['fd00:50::1'],
    store = new MemoryBindingStore(),
  ) {
    this.store = store
    this.own = new Set(own.map(address))
    this.subnets = [{ ...attached6, ...changes }, relayed6]
    this.desk = this.open()
  }

  /** Starts a daemon's desk on what is stored. */
  open(): BindingDesk {
    return new BindingDesk({
      subnets: this.subnets,
      store: this.store,
      time: { wallMs: () => this.time.wall, monotonicMs: () => this.time.monotonic },
      log: pino({ level: 'silent' }),
      isTaken: (name) => this.isTaken(name),
    })
  }

  passSeconds(seconds: number): void {
    this.time.wall += seconds * 1000
    this.time.monotonic += seconds * 1000
  }

  /** Sends one message as a batch of its own. */
  send(parts: ClientMessage, from: From6 = {}): Seen6 {
    const { source = 'fe80::1', unicast = false, device = 'lan0', relays = [] } = from
    const decoded = decodeDatagram(relayed(clientDatagram(parts), ...relays))
    if (decoded.kind !== 'message') throw new Error(`malformed: ${decoded.reason}`)
    const { message } = decoded
    const told = decoded.relays.findLast(({ clientMac: mac }) => mac !== null)?.clientMac ?? null
    const decision = this.desk.take({
      ...{ message, relays: decoded.relays, unicast, own: this.own, server: SERVER },
      duid: Buffer.from(message.clientId ?? []).toString('hex'),
      source: address(source),
      mac: clientMac(told, message.clientId ?? new Uint8Array(0), address(source)),
      link: findLink(this.desk.book, decoded.relays, device, (plan) => plan.device),
    })
    const stored = this.desk.settle()
    const answer =
      decision.answer === null
        ? null
        : encodeAnswer(message, decision.answer, Buffer.from(SERVER, 'hex'), address('fd00:50::1'))
    return { outcome: stored ? decision.outcome : 'store_failed', reason: decision.reason, decision, ...read(answer) }
  }

  /** SOLICIT and REQUEST of a client with one association; gives its address. */
  lease(number: number, iaid = 1, more: ClientMessage = {}, from: From6 = {}): string {
    const duid = duidLl(number)
    const seen = this.send({ ...more, duid, associations: [{ iaid }] }, from)
    const offered = seen.associations[0]?.addresses.map((one) => one.address) ?? []
    const request = {
      ...more,
      duid,
      type: 'REQUEST',
      server: SERVER,
      associations: [{ iaid, addresses: offered }],
    } as const
    const reply = this.send(request, from)
    const got = reply.associations[0]?.addresses[0]?.address
    if (got === undefined) throw new Error(`no lease: ${seen.outcome} ${reply.outcome} ${reply.reason}`)
    return got
  }
}

function read(answer: Uint8Array | null): Pick<Seen6, 'type' | 'status' | 'associations' | 'options'> {
  if (answer === null) return { type: null, status: null, associations: [], options: [] }
  const options = decodeOptions(answer, 4) ?? []
  const type = Object.entries(MESSAGE_TYPES).find(([, code]) => code === answer[0])?.[0] ?? ''
  const associations = options.flatMap(({ code, value }) =>
    code === OPTION.iaNa || code === OPTION.iaTa || code === OPTION.iaPd ? [readAssociation(code, value)] : [],
  )
  return { type, status: statusOf(options), associations, options }
}

function readAssociation(code: number, value: Uint8Array): SeenAssociation {
  const isTemporary = code === OPTION.iaTa
  const options = decodeOptions(value, isTemporary ? 4 : 12) ?? []
  return {
    ...{ code, iaid: readUint32(value, 0), status: statusOf(options) },
    t1: isTemporary ? 0 : readUint32(value, 4),
    t2: isTemporary ? 0 : readUint32(value, 8),
    addresses: options
      .filter((option) => option.code === OPTION.iaAddress)
      .map((option) => ({
        address: formatIpv6(readAddress(option.value)),
        preferred: readUint32(option.value, 16),
        valid: readUint32(option.value, 20),
      })),
  }
}

function statusOf(options: readonly Option[]): string | null {
  const value = findOption(options, OPTION.statusCode)
  if (value === null) return null
  return Object.entries(STATUS).find(([, code]) => code === readUint16(value, 0))?.[0] ?? 'unknown'
}
