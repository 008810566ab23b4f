import type { Inquiry } from './decision.ts'
import { uint32Bytes } from './message.ts'
import { OPTION } from './option-code.ts'
import type { ServerList, SubnetPlan } from './subnet-plan.ts'

/** Codes that only the server itself may set, whatever is configured. */
const PROTOCOL_CODES: ReadonlySet<number> = new Set([
  OPTION.pad,
  OPTION.requestedIpAddress,
  OPTION.leaseTime,
  OPTION.optionOverload,
  OPTION.messageType,
  OPTION.serverIdentifier,
  OPTION.parameterRequestList,
  OPTION.message,
  OPTION.maximumMessageSize,
  OPTION.clientIdentifier,
  OPTION.relayAgentInformation,
  OPTION.end,
])

/** Sent to clients that list no wishes. */
const DEFAULT_ORDER: readonly number[] = [
  OPTION.subnetMask,
  OPTION.routers,
  OPTION.domainNameServers,
  OPTION.hostName,
  OPTION.domainName,
  OPTION.broadcastAddress,
  OPTION.ntpServers,
  OPTION.logServers,
  OPTION.lprServers,
]

/**
 * The configured options that a client is sent, in the order it asked for them; each once. The subnet mask comes
 * first, since it must precede the routers. A client that is told classless routes must not heed others, and gets none.
 *
 * @rfc 2131 section 4.3.1; 2132 sections 3.3 and 9.8; 3442 (classless routes)
 * @param hostname the name that the configuration gives the client, null for none
 */
export function offeredOptions(inquiry: Inquiry, hostname: string | null): ReadonlyMap<number, Uint8Array> {
  const options = new Map<number, Uint8Array>()
  const plan = inquiry.subnet?.plan
  if (plan === undefined) return options
  const wanted = inquiry.message.options.get(OPTION.parameterRequestList)
  const codes: Iterable<number> = wanted ?? [...DEFAULT_ORDER, ...plan.options.keys()]
  if (wanted === undefined || wanted.includes(OPTION.subnetMask))
    options.set(OPTION.subnetMask, plan.options.get(OPTION.subnetMask) ?? uint32Bytes(plan.mask))
  const add = (code: number): void => {
    if (PROTOCOL_CODES.has(code) || options.has(code)) return
    const value = plan.options.get(code) ?? standardValue(plan, code, inquiry.serverIdentifier, hostname)
    if (value !== null) options.set(code, value)
  }
  for (const code of codes) add(code)
  for (const code of plan.always) add(code)
  if (options.has(OPTION.classlessRoutes)) {
    options.delete(OPTION.routers)
    options.delete(OPTION.staticRoutes)
  }
  return options
}

function standardValue(plan: SubnetPlan, code: number, self: number, hostname: string | null): Uint8Array | null {
  switch (code) {
    case OPTION.routers:
      return addresses(plan.routers)
    case OPTION.domainNameServers:
      return addresses(plan.dns)
    case OPTION.hostName:
      return text(hostname)
    case OPTION.domainName:
      return text(plan.domain)
    case OPTION.broadcastAddress:
      return plan.mask < 0xfffffffe ? uint32Bytes(plan.broadcast) : null
    case OPTION.ntpServers:
      return serverAddresses(plan.ntp, self)
    case OPTION.logServers:
      return serverAddresses(plan.log, self)
    case OPTION.lprServers:
      return serverAddresses(plan.lpr, self)
    default:
      return null
  }
}

function serverAddresses(list: ServerList, self: number): Uint8Array | null {
  return list === 'self' ? uint32Bytes(self) : addresses(list)
}

function addresses(list: readonly number[]): Uint8Array | null {
  if (list.length === 0) return null
  return Uint8Array.from(list.flatMap((one) => [one >>> 24, (one >>> 16) & 255, (one >>> 8) & 255, one & 255]))
}

function text(value: string | null): Uint8Array | null {
  return value === null || value === '' ? null : Uint8Array.from(value, (char) => char.charCodeAt(0) & 0xff)
}
