import { uint32Bytes } from '../../wire/octets.ts'
import { OPTION } from '../message/option-code.ts'
import type { Profile } from '../subnets/profile.ts'
import type { SubnetPlan } from '../subnets/subnet-plan.ts'
import type { Inquiry } from './decision.ts'

/** Sent to clients that list no wishes, before everything else that is configured. */
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

/** For those alone who say that they understand them. @rfc 8925 section 3.3; 2563 section 2.3 */
const ONLY_ASKED: ReadonlySet<number> = new Set([OPTION.ipv6OnlyPreferred, OPTION.autoConfigure])

/**
 * The configured options that a client is sent, in the order it asked for them; each once. The subnet mask comes
 * first, since it must precede the routers. A client that is told classless routes must not heed others, and gets none.
 *
 * @rfc 2131 section 4.3.1; 2132 sections 3.3 and 9.8; 3442 (classless routes)
 * @param hostname the name that the configuration gives the client, null for none
 */
export function offeredOptions(
  inquiry: Inquiry,
  profile: Profile,
  hostname: string | null,
): ReadonlyMap<number, Uint8Array> {
  const plan = inquiry.subnet?.plan
  if (plan === undefined) return new Map()
  const { self } = inquiry
  const wanted = inquiry.message.options.get(OPTION.parameterRequestList)
  const make = (): ReadonlyMap<number, Uint8Array> => chooseOptions(plan, profile, wanted, self, hostname)
  if (hostname !== null) return make()
  return profile.offers.of(wanted === undefined ? `${self}` : `${self} ${latin1(wanted)}`, make)
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function chooseOptions(
  plan: SubnetPlan,
  profile: Profile,
  wanted: Uint8Array | undefined,
  self: number,
  hostname: string | null,
): ReadonlyMap<number, Uint8Array> {
  const options = new Map<number, Uint8Array>()
  const add = (code: number): void => {
    if (options.has(code)) return
    const value = profile.options.get(code) ?? ownValue(plan, profile, code, self, hostname)
    if (value !== null) options.set(code, value)
  }
  if (wanted === undefined || wanted.includes(OPTION.subnetMask)) add(OPTION.subnetMask)
  for (const code of wanted ?? DEFAULT_ORDER) add(code)
  if (wanted === undefined) for (const code of profile.options.keys()) if (!ONLY_ASKED.has(code)) add(code)
  for (const code of profile.always) add(code)
  if (options.has(OPTION.classlessRoutes)) {
    options.delete(OPTION.routers)
    options.delete(OPTION.staticRoutes)
  }
  return options
}

/** What is known without being configured as an option. */
function ownValue(
  plan: SubnetPlan,
  profile: Profile,
  code: number,
  self: number,
  hostname: string | null,
): Uint8Array | null {
  if (profile.self.has(code)) return uint32Bytes(self)
  if (code === OPTION.subnetMask) return plan.maskBytes
  if (code === OPTION.broadcastAddress) return plan.broadcastBytes
  if (code === OPTION.hostName && hostname !== null) return Buffer.from(hostname, 'latin1')
  return null
}
