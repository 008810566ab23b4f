import { Refusal } from '../commands/refusal.ts'
import { encodeLabels } from '../message/domain-labels.ts'
import { formatHex, parseHex } from '../message/hex.ts'
import { formatIpv6, parseIpv6 } from './address.ts'
import { encodeAnswer } from './answer.ts'
import { clientMac } from './binding.ts'
import type { BindingBook, DeviceOf } from './binding-book.ts'
import type { BindingDesk } from './binding-desk.ts'
import { type MessageType, OPTION } from './codes.ts'
import { decide6 } from './decide.ts'
import type { Answer6 } from './decision.ts'
import { isDuid } from './duid.ts'
import { findLink } from './find-link.ts'
import { type AnsweredAssociation, renewalTimes } from './identity-association.ts'
import type { Message, Relay } from './message.ts'
import { decodeOptions } from './options-codec.ts'
import { deviceWith, type OwnAddresses6, selfIn } from './own-addresses.ts'

/** A client of DHCPv6 to try, as a person describes it; what is absent it does not say. */
export interface Trial6 {
  readonly type?: string
  readonly duid?: string
  readonly iaid?: string
  readonly address?: string
  readonly mac?: string
  /** The link address of the relay agent that it comes through. */
  readonly relay?: string
  readonly interface?: string
  readonly hostname?: string
}

/** What would be decided; the names are part of the interface. */
export interface TrialReport6 {
  readonly type: MessageType
  readonly outcome: string
  readonly reason: string
  readonly address: string | null
  readonly subnet: string | null
  /** Where it was taken to be sent to; null = by a relay agent. */
  readonly received_at: string | null
  readonly reply: {
    readonly type: string
    /** Of the message as a whole. */
    readonly status: string | null
    readonly associations: readonly TriedAssociation[]
    readonly options: readonly { readonly code: number; readonly hex: string }[]
  } | null
}

interface TriedAssociation {
  readonly iaid: number
  /** null = success. */
  readonly status: string | null
  readonly t1_s: number
  readonly t2_s: number
  readonly addresses: readonly { readonly address: string; readonly preferred_s: number; readonly valid_s: number }[]
}

/** Where a trial would come in. */
export interface TrialPlace6 {
  readonly desk: BindingDesk
  readonly own: OwnAddresses6
  /** DUID of this server. */
  readonly server: Uint8Array
  /** The attached networks that are served. */
  readonly devices: readonly string[]
}

/**
 * Decides about a made-up message by the present leases and settings, and changes nothing. It asks for every option that
 * there could be.
 *
 * @throws Refusal
 */
export function tryMessage6(place: TrialPlace6, trial: Trial6): TrialReport6 {
  const { desk, own, server } = place
  const message = trialMessage(trial, server, desk.book)
  const relays = trial.relay === undefined ? [] : [relayAt(addressOf(trial.relay, 'relay'))]
  const deviceOf: DeviceOf = (plan) => plan.device ?? deviceWith(own, plan)
  const device = relays.length > 0 ? null : deviceFor(desk.book, trial, place.devices, deviceOf)
  const { outcome, reason, address, answer } = decide6({
    ...{ message, relays, book: desk.book, nowMs: desk.nowMs(), own: own.all, source: 0n, unicast: false },
    duid: formatHex(message.clientId ?? new Uint8Array(0)),
    mac: clientMac(trial.mac === undefined ? null : macOf(trial.mac), message.clientId ?? new Uint8Array(0), 0n),
    link: findLink(desk.book, relays, device, deviceOf),
    server: formatHex(server),
  })
  const settings = answer?.settings ?? null
  const self = settings === null ? null : selfIn(own, settings, device)
  return {
    ...{ type: message.type, outcome, reason },
    address: address === null ? null : formatIpv6(address),
    subnet: address === null ? null : (desk.book.subnetOf(address)?.plan.name ?? null),
    received_at: device === null ? null : `${ALL_SERVERS}%${device}`,
    reply: answer === null ? null : describe(answer, encodeAnswer(message, answer, server, self)),
  }
}

const ALL_SERVERS = 'ff02::1:2'

interface Form {
  readonly type: MessageType
  readonly namesServer: boolean
  /** Whether it is about addresses that the client has. */
  readonly needsAddress: boolean
}

const FORMS: readonly Form[] = [
  { type: 'SOLICIT', namesServer: false, needsAddress: false },
  { type: 'REQUEST', namesServer: true, needsAddress: false },
  { type: 'CONFIRM', namesServer: false, needsAddress: true },
  { type: 'RENEW', namesServer: true, needsAddress: false },
  { type: 'REBIND', namesServer: false, needsAddress: false },
  { type: 'RELEASE', namesServer: true, needsAddress: true },
  { type: 'DECLINE', namesServer: true, needsAddress: true },
  { type: 'INFORMATION-REQUEST', namesServer: false, needsAddress: false },
]

function trialMessage(trial: Trial6, server: Uint8Array, book: BindingBook): Message {
  const asked = (trial.type ?? 'SOLICIT').toUpperCase()
  const form = FORMS.find(({ type }) => type === asked)
  if (form === undefined)
    throw new Refusal(
      `a client of DHCPv6 that is tried sends ${FORMS.map(({ type }) => type).join(', ')}, not ${asked}`,
    )
  const { type, namesServer, needsAddress } = form
  const clientId = parseHex((trial.duid ?? '').replaceAll('-', ':'))
  if (clientId === null || !isDuid(clientId)) throw new Refusal('duid must be 3 to 130 octets in hex')
  const addresses = trial.address === undefined ? [] : [addressOf(trial.address, 'address')]
  if (needsAddress && addresses.length === 0)
    throw new Refusal(`a ${type} needs the address that the client has: --address`)
  const asksNone = type === 'INFORMATION-REQUEST'
  const iaid = trial.iaid === undefined ? knownIaid(book, formatHex(clientId), addresses) : iaidOf(trial.iaid)
  return {
    ...{ type, transactionId: 0, clientId, serverId: namesServer ? server : null },
    associations: asksNone ? [] : [{ kind: 'iaNa', iaid, addresses }],
    requested: new Set(Object.values(OPTION)),
    rapidCommit: false,
    clientFqdn: trial.hostname === undefined ? null : fqdnOf(trial.hostname),
  }
}

/** A client makes up its IAID, so that nobody knows it by heart: that of its lease, at one of the addresses if it can be. */
function knownIaid(book: BindingBook, duid: string, addresses: readonly bigint[]): number {
  const own = [...book.bindings()].filter((binding) => binding.duid === duid)
  const named = own.find(({ address }) => addresses.includes(address))
  const last = own.toSorted((one, other) => other.endsMs - one.endsMs)[0]
  return (named ?? last)?.iaid ?? 1
}

function relayAt(linkAddress: bigint): Relay {
  const none = { interfaceId: null, remoteId: null, clientMac: null, sourcePort: null }
  return { hopCount: 0, linkAddress, peerAddress: 0n, ...none }
}

/** The attached network that the message would come from: the one named, else the first with a served subnet. */
function deviceFor(book: BindingBook, trial: Trial6, devices: readonly string[], deviceOf: DeviceOf): string {
  const names = trial.interface === undefined ? devices : devices.filter((name) => name === trial.interface)
  const found = names.find((name) => book.onDevice(name, deviceOf).length > 0)
  if (found !== undefined) return found
  if (trial.interface !== undefined) throw new Refusal(`${trial.interface} has no subnet with DHCPv6`)
  throw new Refusal('no attached network has DHCPv6: name the link address of the relay agent with --relay')
}

function describe(answer: Answer6, encoded: Uint8Array): TrialReport6['reply'] {
  // The header of a message: its type and the transaction.
  const options = decodeOptions(encoded, 4) ?? []
  return {
    type: answer.type,
    status: statusText(answer.status),
    associations: answer.associations.map(describeAssociation),
    options: options.map(({ code, value }) => ({ code, hex: formatHex(value) })),
  }
}

function describeAssociation({ iaid, addresses, status }: AnsweredAssociation): TriedAssociation {
  const { t1Seconds, t2Seconds } = renewalTimes(addresses)
  return {
    ...{ iaid, status: statusText(status), t1_s: t1Seconds, t2_s: t2Seconds },
    addresses: addresses.map(({ address, preferredSeconds, validSeconds }) => ({
      ...{ address: formatIpv6(address), preferred_s: preferredSeconds, valid_s: validSeconds },
    })),
  }
}

function statusText(status: Answer6['status']): string | null {
  return status === null ? null : `${status.name}: ${status.message}`
}

/** No flags, then the name. @rfc 4704 section 4.2 */
function fqdnOf(name: string): Uint8Array {
  if (name.split('.').some((label) => label.length > 63)) throw new Refusal('hostname has a part of more than 63')
  return Uint8Array.of(0, ...encodeLabels(name))
}

function addressOf(words: string, name: string): bigint {
  const address = parseIpv6(words)
  if (address === null) throw new Refusal(`${name} must be an IPv6 address`)
  return address
}

function iaidOf(words: string): number {
  const iaid = /^(0x[0-9a-f]{1,8}|[0-9]{1,10})$/i.test(words) ? Number(words) : Number.NaN
  if (!(iaid <= 0xffffffff)) throw new Refusal('iaid must be a number up to 4294967295')
  return iaid
}

function macOf(words: string): string {
  const mac = parseHex(words.replaceAll('-', ':'))
  if (mac?.length !== 6) throw new Refusal('mac must be six octets in hex')
  return formatHex(mac, ':')
}
