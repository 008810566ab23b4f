import { uint32Bytes } from '../../wire/octets.ts'
import type { Lease } from '../leases/lease.ts'
import { chooseDestination } from '../links/destination.ts'
import { answerClientFqdn } from '../message/client-fqdn.ts'
import { BROADCAST_FLAG, type Message, messageType, messageTypeCode, numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { encodedOptionLength } from '../message/options-codec.ts'
import type { Profile } from '../subnets/profile.ts'
import { addBoot, type BootFields } from './boot.ts'
import { subnetSelection } from './choose-subnet.ts'
import type { Inquiry, Reply } from './decision.ts'
import { offeredOptions } from './offered-options.ts'

/** IP and UDP header: option 57 counts them. */
const HEADER_BYTES = 28
const MINIMUM_SIZE = 576
/** One Ethernet frame: replies are never fragmented. */
const MAXIMUM_SIZE = 1500
const FOREVER = 0xffffffff
/** The vendor area of BOOTP has 64 octets. */
const BOOTP_BYTES = 300
const EMPTY = new Uint8Array(0)

/**
 * Builds the OFFER or ACK of a lease.
 *
 * @rfc 4039 section 4: option 80 says that the ACK to a DISCOVER is one
 * @param name what the configuration calls the client, null for nothing
 */
export function grantReply(
  inquiry: Inquiry,
  kind: 'OFFER' | 'ACK',
  lease: Lease,
  { profile, name }: { readonly profile: Profile; readonly name: string | null },
): Reply {
  const { message, nowMs } = inquiry
  const options = startOptions(inquiry, kind)
  const seconds = lease.endsMs === Number.POSITIVE_INFINITY ? FOREVER : Math.round((lease.endsMs - nowMs) / 1000)
  options.set(OPTION.leaseTime, uint32Bytes(seconds))
  offeredOptions(inquiry, profile, name).forEach((value, code) => {
    options.set(code, value)
  })
  if (seconds !== FOREVER) addRenewalTimes(inquiry, options, seconds)
  const fqdn = answerClientFqdn(message, lease.hostname, profile.options.get(OPTION.domainName))
  if (fqdn !== null) options.set(OPTION.clientFqdn, fqdn)
  if (kind === 'ACK' && messageType(message) === 'DISCOVER') options.set(OPTION.rapidCommit, EMPTY)
  const boot = addBoot(inquiry, profile, options)
  const ciaddr = kind === 'ACK' ? message.ciaddr : 0
  const fields = { ciaddr, yiaddr: lease.address, options, boot, broadcast: false }
  return finish(inquiry, fields, kind === 'OFFER' ? 'offer' : 'ack')
}

/**
 * Builds the OFFER or ACK without an address: option 108 tells the client how long to do without.
 *
 * @rfc 8925 section 3.3
 */
export function ipv6OnlyReply(inquiry: Inquiry, kind: 'OFFER' | 'ACK', profile: Profile): Reply {
  const options = startOptions(inquiry, kind)
  for (const [code, value] of offeredOptions(inquiry, profile, null)) options.set(code, value)
  const autoConfigure = profile.options.get(OPTION.autoConfigure)
  if (autoConfigure !== undefined && inquiry.message.options.has(OPTION.autoConfigure))
    options.set(OPTION.autoConfigure, autoConfigure)
  const fields = { ciaddr: 0, yiaddr: 0, options, boot: null, broadcast: false }
  return finish(inquiry, fields, kind === 'OFFER' ? 'offer' : 'ack')
}

/**
 * Builds the OFFER that tells a client for which there is no address whether it may make one up.
 *
 * @rfc 2563 section 2.3
 * @returns null when the client did not ask, or nothing is configured
 */
export function autoConfigureReply(inquiry: Inquiry, profile: Profile): Reply | null {
  const value = profile.options.get(OPTION.autoConfigure)
  if (value === undefined || !inquiry.message.options.has(OPTION.autoConfigure)) return null
  const options = startOptions(inquiry, 'OFFER').set(OPTION.autoConfigure, value)
  return finish(inquiry, { ciaddr: 0, yiaddr: 0, options, boot: null, broadcast: false }, 'offer')
}

/**
 * Builds the BOOTREPLY, which has no message type, and no more options than fit 64 octets.
 *
 * @rfc 1534 section 2; 951 section 7.3: a client that has an address is given none
 */
export function bootpReply(
  inquiry: Inquiry,
  { address, hostname }: Pick<Lease, 'address' | 'hostname'>,
  profile: Profile,
): Reply {
  const options = new Map(offeredOptions(inquiry, profile, hostname))
  const boot = addBoot(inquiry, profile, options)
  const { ciaddr } = inquiry.message
  const yiaddr = ciaddr === 0 ? address : 0
  const reply = finish(inquiry, { ciaddr, yiaddr, options, boot, broadcast: false }, 'ack')
  return { ...reply, maxBytes: BOOTP_BYTES }
}

/** Builds the ACK to an INFORM: settings, but no address and no times. */
export function informReply(inquiry: Inquiry, profile: Profile): Reply {
  const { message } = inquiry
  const options = startOptions(inquiry, 'ACK')
  for (const [code, value] of offeredOptions(inquiry, profile, null)) options.set(code, value)
  options.delete(OPTION.renewalTime)
  options.delete(OPTION.rebindingTime)
  // A relay finds a client without ciaddr only by broadcast.
  const broadcast = message.giaddr !== 0 && message.ciaddr === 0
  const boot = addBoot(inquiry, profile, options)
  return finish(inquiry, { ciaddr: message.ciaddr, yiaddr: 0, options, boot, broadcast }, 'ack')
}

/**
 * Builds the NAK, which carries nothing but its reason.
 *
 * @rfc 2131 table 3; section 4.3.2: the broadcast bit is set towards a relay
 */
export function nakReply(inquiry: Inquiry, reason: string): Reply {
  const options = startOptions(inquiry, 'NAK')
  options.set(
    OPTION.message,
    Uint8Array.from(reason, (char) => char.charCodeAt(0) & 0x7f),
  )
  const fields = { ciaddr: 0, yiaddr: 0, options, boot: null, broadcast: inquiry.message.giaddr !== 0 }
  return finish(inquiry, fields, 'nak')
}

const TYPE_BYTES = {
  OFFER: Uint8Array.of(messageTypeCode('OFFER')),
  ACK: Uint8Array.of(messageTypeCode('ACK')),
  NAK: Uint8Array.of(messageTypeCode('NAK')),
} as const

/** @rfc 6842 section 3: the client identifier comes back; 3011 section 3: so does the subnet selection */
function startOptions(inquiry: Inquiry, kind: 'OFFER' | 'ACK' | 'NAK'): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>()
  options.set(OPTION.messageType, TYPE_BYTES[kind])
  options.set(OPTION.serverIdentifier, uint32Bytes(inquiry.serverIdentifier))
  // Before everything that is configured, which gives way when there is no room for all.
  echo(inquiry.message, options, OPTION.clientIdentifier)
  if (kind !== 'NAK' && subnetSelection(inquiry.message, inquiry.arrival) !== null)
    echo(inquiry.message, options, OPTION.subnetSelection)
  return options
}

/** T1 and T2 where the client wants to be told; configured ones stand. */
function addRenewalTimes(inquiry: Inquiry, options: Map<number, Uint8Array>, seconds: number): void {
  const wanted = inquiry.message.options.get(OPTION.parameterRequestList)
  const add = (code: number, value: number): void => {
    if ((wanted === undefined || wanted.includes(code)) && !options.has(code)) options.set(code, uint32Bytes(value))
  }
  add(OPTION.renewalTime, Math.floor(seconds / 2))
  add(OPTION.rebindingTime, Math.floor((seconds * 7) / 8))
}

/**
 * @rfc 3046 section 2.2: option 82 comes back when it is well formed; relay agents take it out, so that what a client
 *   bears (option 57) is without it
 */
function finish(
  inquiry: Inquiry,
  fields: {
    ciaddr: number
    yiaddr: number
    options: Map<number, Uint8Array>
    boot: BootFields | null
    broadcast: boolean
  },
  kind: 'offer' | 'ack' | 'nak',
): Reply {
  const { message: request, relay } = inquiry
  const { options, boot } = fields
  if (relay !== null) echo(request, options, OPTION.relayAgentInformation)
  const message: Message = {
    op: 2,
    htype: request.htype,
    hlen: request.hlen,
    hops: 0,
    xid: request.xid,
    secs: 0,
    flags: fields.broadcast ? request.flags | BROADCAST_FLAG : request.flags,
    ciaddr: fields.ciaddr,
    yiaddr: fields.yiaddr,
    siaddr: boot?.siaddr ?? 0,
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: boot?.sname ?? EMPTY,
    file: boot?.file ?? EMPTY,
    options,
  }
  const size = numberOption(request, OPTION.maximumMessageSize) ?? MINIMUM_SIZE
  const agent = options.get(OPTION.relayAgentInformation)
  const forRelay = agent === undefined ? 0 : encodedOptionLength(agent)
  const maxBytes = Math.min(MAXIMUM_SIZE, Math.max(MINIMUM_SIZE, size) + forRelay) - HEADER_BYTES
  return { message, maxBytes, destination: chooseDestination(inquiry, kind, fields.yiaddr) }
}

function echo(request: Message, options: Map<number, Uint8Array>, code: number): void {
  const value = request.options.get(code)
  if (value !== undefined) options.set(code, value)
}
