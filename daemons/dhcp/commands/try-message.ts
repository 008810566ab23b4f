import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { uint32Bytes } from '../../wire/octets.ts'
import { decide } from '../decide/decide.ts'
import type { Arrival, Site } from '../decide/decision.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import { isLoopback } from '../links/destination.ts'
import { formatHex, parseHex } from '../message/hex.ts'
import { type Message, messageType } from '../message/message.ts'
import { decodeMessage, encodeMessage } from '../message/message-codec.ts'
import { OPTION } from '../message/option-code.ts'
import type { OwnAddresses } from '../subnets/own-addresses.ts'
import { makeMessage } from './made-message.ts'
import { Refusal } from './refusal.ts'

/** A client to try, as a person describes it; what is absent or null it does not say. */
export interface Trial {
  readonly type?: string | null
  readonly mac?: string | null
  readonly client_id?: string | null
  readonly requested?: string | null
  readonly relay?: string | null
  readonly circuit_id?: string | null
  readonly remote_id?: string | null
  readonly interface?: string | null
  readonly hostname?: string | null
  readonly vendor_class?: string | null
  readonly user_class?: string | null
}

/** What would be decided; the names are part of the interface. */
export interface TrialReport {
  readonly type: string
  readonly outcome: string
  readonly reason: string
  readonly address: string | null
  readonly subnet: string | null
  /** Our address that it was taken to be sent to. */
  readonly received_at: string
  readonly reply: {
    readonly type: string
    readonly to: string
    readonly next_server: string | null
    /** As the fields say, or options 67 and 66 where they are too long for these. */
    readonly boot_file: string | null
    readonly server_name: string | null
    readonly options: readonly { readonly code: number; readonly hex: string }[]
  } | null
}

/** Where a trial would come in. */
export interface TrialPlace {
  readonly site: Site
  readonly own: OwnAddresses
  /** The attached networks that are served. */
  readonly interfaces: readonly string[]
  /** Those of them whose switches may add option 82. */
  readonly trustedLinks: ReadonlySet<string>
  /** Our addresses that relay agents send to; 0 = every one of ours. */
  readonly listeners: readonly number[]
}

/**
 * Decides about a made-up message by the present leases and settings, and changes nothing.
 *
 * @throws Refusal
 */
export function tryMessage(desk: LeaseDesk, trial: Trial, place: TrialPlace): TrialReport {
  const message = trialMessage(trial, place)
  const arrival = trialArrival(desk, trial, message, place)
  const { outcome, reason, address, subnet, reply } = decide(message, {
    book: desk.book,
    site: place.site,
    arrival,
    nowMs: desk.nowMs(),
    probe: false,
    fault: null,
  })
  return {
    type: messageType(message) ?? 'BOOTP',
    outcome,
    reason,
    address: address === 0 ? null : formatIpv4(address),
    subnet: subnet?.plan.name ?? null,
    received_at: formatIpv4(arrival.link?.address ?? arrival.local),
    reply: reply === null ? null : describeReply(reply.message, reply.maxBytes, reply.destination),
  }
}

const TYPES = ['DISCOVER', 'REQUEST', 'INFORM'] as const

function trialMessage(trial: Trial, { site, listeners }: TrialPlace): Message {
  const asked = (trial.type ?? 'DISCOVER').toUpperCase()
  const type = TYPES.find((one) => one === asked)
  if (type === undefined) throw new Refusal(`a client that is tried sends ${TYPES.join(', ')}, not ${asked}`)
  const requested = trial.requested == null ? null : addressOf(trial.requested, 'requested')
  if (type === 'INFORM' && requested === null && trial.relay == null)
    throw new Refusal('an INFORM needs the address that the client has: --requested')
  if (type === 'REQUEST' && requested === null)
    throw new Refusal('a REQUEST needs the address that it asks for: --requested')
  const server = site.serverIdentifier ?? (trial.relay == null ? [...site.own][0] : relayTarget(site, listeners))
  const circuit = subOption(1, trial.circuit_id, 'circuit id')
  const remote = subOption(2, trial.remote_id, 'remote id')
  const message = makeMessage({
    type,
    hardware: bytesOf(trial.mac ?? '', 'mac', 16),
    clientId: trial.client_id == null ? null : bytesOf(trial.client_id, 'client id', 255),
    requested: type === 'INFORM' ? null : requested,
    giaddr: trial.relay == null ? 0 : addressOf(trial.relay, 'relay'),
    options: [
      ...(type === 'REQUEST' && server !== undefined ? [[OPTION.serverIdentifier, uint32Bytes(server)] as const] : []),
      ...text(OPTION.hostName, trial.hostname),
      ...text(VENDOR_CLASS, trial.vendor_class),
      ...text(USER_CLASS, trial.user_class),
      ...(circuit.length + remote.length === 0
        ? []
        : [[OPTION.relayAgentInformation, Uint8Array.from([...circuit, ...remote])] as const]),
    ],
  })
  return type === 'INFORM' ? { ...message, ciaddr: requested ?? 0 } : message
}

/** @rfc 2132 section 9.13; 3004 */
const VENDOR_CLASS = 60
const USER_CLASS = 77

/** The network that the message would come from: through the relay, else the interface named, else the first that serves. */
function trialArrival(desk: LeaseDesk, trial: Trial, message: Message, place: TrialPlace): Arrival {
  const { site, own, interfaces, listeners, trustedLinks } = place
  if (message.giaddr !== 0)
    return { source: message.giaddr, sourcePort: 67, local: relayTarget(site, listeners), link: null }
  const names = trial.interface == null ? interfaces : [trial.interface]
  const links = names.flatMap((name) =>
    (own.byInterface.get(name)?.addresses ?? []).map((address) => ({ address, trusted: trustedLinks.has(name) })),
  )
  const link = links.find(({ address }) => desk.book.subnetOf(address) !== null)
  if (link !== undefined) return { source: 0, sourcePort: 68, local: 0, link }
  if (trial.interface != null) throw new Refusal(`${trial.interface} has no address in a served subnet`)
  if (desk.book.subnets.length === 0) throw new Refusal('no IPv4 is served: describe a client of DHCPv6 by its --duid')
  throw new Refusal('no attached network is served: name the relay that it would come through with --relay')
}

/** Where a relay agent reaches us: the address listened on, else the first of ours that others reach. */
function relayTarget({ own }: Site, listeners: readonly number[]): number {
  const all = [...own]
  return listeners.find((address) => address !== 0) ?? all.find((address) => !isLoopback(address)) ?? LOCALHOST
}

const LOCALHOST = 0x7f000001

function describeReply(
  message: Message,
  maxBytes: number,
  destination: { readonly kind: string; readonly address?: number },
): TrialReport['reply'] {
  const { bytes } = encodeMessage(message, maxBytes)
  const sent = decodeMessage(bytes)
  const options = sent.kind === 'message' ? [...sent.message.options] : []
  const at = destination.address === undefined ? '' : ` ${formatIpv4(destination.address)}`
  return {
    type: String(messageType(message)),
    to: `${destination.kind}${at}`,
    next_server: message.siaddr === 0 ? null : formatIpv4(message.siaddr),
    boot_file: wordsIn(message.file, message.options.get(OPTION.bootFileName)),
    server_name: wordsIn(message.sname, message.options.get(OPTION.tftpServerName)),
    options: options.map(([code, value]) => ({ code, hex: formatHex(value) })),
  }
}

function wordsIn(field: Uint8Array, option: Uint8Array | undefined): string | null {
  const bytes = field.length > 0 ? field : option
  return bytes === undefined || bytes.length === 0 ? null : Buffer.from(bytes).toString('utf8')
}

function text(code: number, words: string | null | undefined): (readonly [number, Uint8Array])[] {
  return words == null || words === '' ? [] : [[code, Uint8Array.from(Buffer.from(words, 'utf8').subarray(0, 255))]]
}

function subOption(code: number, hex: string | null | undefined, name: string): readonly number[] {
  const value = bytesOf(hex ?? '', name, 100)
  return value.length === 0 ? [] : [code, value.length, ...value]
}

function addressOf(words: string, name: string): number {
  const address = parseIpv4(words)
  if (address === null) throw new Refusal(`${name} must be an IPv4 address`)
  return address
}

function bytesOf(words: string, name: string, most: number): Uint8Array {
  const bytes = parseHex(words.replaceAll('-', ':'))
  if (bytes === null || bytes.length > most) throw new Refusal(`${name} must be up to ${most} octets in hex`)
  return bytes
}
