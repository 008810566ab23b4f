import { parseIpv4 } from '../../wire/address.ts'
import type { Message } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import type { DhcpBoot } from '../section.ts'
import type { Profile } from '../subnets/profile.ts'
import { clientArchitectures, isIpxe, vendorClassOf } from './client-boot.ts'
import type { Inquiry } from './decision.ts'

/** The old fields of a reply that say where to boot from. */
export interface BootFields {
  readonly siaddr: number
  readonly sname: Uint8Array
  readonly file: Uint8Array
}

/** Fields end in a NUL. */
const SNAME_MAX = 63
const FILE_MAX = 127

/**
 * Tells a client what to boot and where it lies: in the fields, and in options 66 and 67 where it asks for them or the
 * field is too short. The answer to an HTTP client says that it is for such.
 *
 * @rfc 2131 section 2; 2132 sections 9.4 and 9.5; 4578 (option 93); UEFI specification section 24.7 (HTTP boot)
 * @param options of the reply so far; some are added
 * @returns the fields; null when nothing is configured
 */
export function addBoot(
  { message, self }: Pick<Inquiry, 'message' | 'self'>,
  { boots }: Pick<Profile, 'boots'>,
  options: Map<number, Uint8Array>,
): BootFields | null {
  if (boots.length === 0) return null
  const file = octets(chooseFile(boots, message))
  const sname = octets(firstOf(boots, 'serverName'))
  const wanted = message.options.get(OPTION.parameterRequestList)
  const add = (code: number, value: Uint8Array, most: number): void => {
    const asked = wanted?.includes(code) === true || value.length > most
    if (asked && value.length > 0 && !options.has(code)) options.set(code, value)
  }
  add(OPTION.tftpServerName, sname, SNAME_MAX)
  add(OPTION.bootFileName, file, FILE_MAX)
  if (file.length > 0 && isHttpClient(message) && !options.has(OPTION.vendorClass))
    options.set(OPTION.vendorClass, HTTP_CLIENT)
  const nextServer = firstOf(boots, 'nextServer')
  return {
    siaddr: nextServer === 'self' ? self : (parseIpv4(nextServer ?? '') ?? 0),
    sname: sname.length > SNAME_MAX ? NOTHING : sname,
    file: file.length > FILE_MAX ? NOTHING : file,
  }
}

/**
 * The file of the highest level that has one for the client: that for iPXE, that for its architecture, that for all. Boot
 * firmware that fetches over HTTP alone, or not at all, is given no other kind.
 */
function chooseFile(boots: readonly DhcpBoot[], message: Message): string | null {
  const ipxe = isIpxe(message)
  const kinds: readonly (number | 'ipxe')[] = ipxe
    ? ['ipxe', ...clientArchitectures(message)]
    : clientArchitectures(message)
  const isUsable = (file: string): boolean => {
    if (ipxe) return true
    if (isHttpClient(message)) return isUrl(file)
    return !vendorClassOf(message).startsWith('PXEClient') || !isUrl(file)
  }
  for (const { file, files } of boots) {
    const own = kinds.flatMap((kind) => files.find((one) => one.architecture === kind)?.file ?? []).find(isUsable)
    if (own !== undefined) return own
    if (file !== null && isUsable(file)) return file
  }
  return null
}

function firstOf(boots: readonly DhcpBoot[], key: 'nextServer' | 'serverName'): string | null {
  return boots.find((boot) => boot[key] !== null)?.[key] ?? null
}

function isHttpClient(message: Message): boolean {
  return vendorClassOf(message).startsWith('HTTPClient')
}

function isUrl(file: string): boolean {
  return /^https?:\/\//i.test(file)
}

const NOTHING = new Uint8Array(0)
const HTTP_CLIENT = Buffer.from('HTTPClient', 'latin1')

function octets(text: string | null): Uint8Array {
  return text === null ? NOTHING : Buffer.from(text, 'utf8')
}
