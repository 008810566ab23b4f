import { readUint16 } from '../../wire/octets.ts'
import type { Message } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { octetText } from '../message/text-pattern.ts'

const NONE: readonly never[] = []

/**
 * What the client can boot, best first: as option 93 tells, and without it the vendor class of boot firmware.
 *
 * @rfc 4578 section 2.1 (option 93); PXE specification 2.1, table 2-1: `PXEClient:Arch:00007:…`
 */
export function clientArchitectures(message: Message): readonly number[] {
  const bytes = message.options.get(OPTION.clientArchitecture)
  if (bytes === undefined) {
    const [, told] = /^(?:PXE|HTTP)Client:Arch:([0-9]{5})/.exec(vendorClassOf(message)) ?? []
    return told === undefined ? NONE : [Number(told)]
  }
  return Array.from({ length: bytes.length >> 1 }, (_, index) => readUint16(bytes, 2 * index))
}

/**
 * The user classes of a client; iPXE and others send plain text where the RFC has a length before each.
 *
 * @rfc 3004 section 4 (option 77)
 */
export function userClassesOf(message: Message): readonly string[] {
  const bytes = message.options.get(OPTION.userClass)
  if (bytes === undefined || bytes.length === 0) return NONE
  const classes: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0
    if (length === 0 || at + 1 + length > bytes.length) return [octetText(bytes)]
    classes.push(octetText(bytes.subarray(at + 1, at + 1 + length)))
    at += 1 + length
  }
  return classes
}

/** What a client calls its kind, empty when it says nothing. @rfc 2132 section 9.13 */
export function vendorClassOf(message: Message): string {
  const bytes = message.options.get(OPTION.vendorClass)
  return bytes === undefined ? '' : octetText(bytes)
}

/** Whether the client is iPXE already, by its user class or its own option. */
export function isIpxe(message: Message): boolean {
  return message.options.has(OPTION.ipxe) || userClassesOf(message).includes('iPXE')
}
