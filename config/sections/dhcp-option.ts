import * as v from 'valibot'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import { describeValue } from '../config-problem.ts'
import { parseHex } from '../pieces/address.ts'
import { Complaint, oneOf, table, whole } from '../pieces/piece.ts'

const TYPES = ['ipv4', 'string', 'u8', 'u16', 'u32', 'bool', 'hex'] as const
type OptionType = (typeof TYPES)[number]

/** Codes that the server sets itself, or that have a key of their own, with the reason that is told. */
const TAKEN: ReadonlyMap<number, string> = new Map([
  [1, 'comes from the subnet'],
  [3, 'is the key `routers`'],
  [6, 'is the key `dns`'],
  [7, 'is the key `log`'],
  [9, 'is the key `lpr`'],
  [12, 'is the key `hostname` of a reservation'],
  [15, 'is the key `domain`'],
  [42, 'is the key `ntp`'],
  [50, 'is sent by clients'],
  [51, 'is the key `lease_time`'],
  [52, 'is set by the server when it uses the old fields'],
  [53, 'is the type of the message'],
  [54, 'is the key `server_id`'],
  [55, 'is sent by clients'],
  [56, 'is set by the server when it refuses'],
  [57, 'is sent by clients'],
  [58, 'is set from the lease time'],
  [59, 'is set from the lease time'],
  [60, 'is sent by clients'],
  [61, 'is sent by clients'],
  [82, 'belongs to relay agents'],
])

const valueForm = {
  description: 'The value, or for addresses and numbers a list of them.',
  type: ['string', 'integer', 'boolean', 'array'],
}

/** One item of `options`, compiled into the bytes that go on the wire (RFC 2132 forms). */
export const dhcpOptionSchema = v.pipe(
  table('An option by its number.', {
    code: v.pipe(
      whole('Number of the option.', 1, 254),
      v.rawCheck(({ dataset, addIssue }) => {
        const reason = dataset.typed ? TAKEN.get(dataset.value) : undefined
        if (reason !== undefined) addIssue({ message: `must not be ${dataset.value}: this option ${reason}` })
      }),
    ),
    type: oneOf('Form of the value.', TYPES),
    value: v.pipe(
      v.custom<unknown>((input) => input !== undefined, 'is missing; it must be the value of the option'),
      v.metadata({ jsonForm: valueForm }),
    ),
  }),
  v.rawTransform<{ code: number; type: OptionType; value: unknown }, { code: number; hex: string }>(
    ({ dataset, addIssue, NEVER }) => {
      const hex = encodeOption(dataset.value.type, dataset.value.value)
      if (!(hex instanceof Complaint)) return { code: dataset.value.code, hex }
      const input = dataset.value
      addIssue({
        message: hex.message,
        path: [{ type: 'object', origin: 'value', input, key: 'value', value: dataset.value.value }],
      })
      return NEVER
    },
  ),
)

/** Writes an option's value as hex. */
export function encodeOption(type: OptionType, value: unknown): string | Complaint {
  const items = Array.isArray(value) && type !== 'string' && type !== 'bool' && type !== 'hex' ? value : [value]
  const parts: string[] = []
  for (const item of items) {
    const part = encodeItem(type, item)
    if (part === null) return new Complaint(`must be ${WHAT[type]}, not ${describeValue(item)}`)
    parts.push(part)
  }
  const hex = parts.join('')
  if (hex.length === 0) return new Complaint(`must be ${WHAT[type]}, not empty`)
  return hex.length > 510 ? new Complaint(`must fit into 255 bytes, not ${hex.length / 2}`) : hex
}

const WHAT: Readonly<Record<OptionType, string>> = {
  ipv4: 'an IPv4 address or a list of them',
  string: 'text',
  u8: 'a whole number from 0 to 255 or a list of them',
  u16: 'a whole number from 0 to 65535 or a list of them',
  u32: 'a whole number from 0 to 4294967295 or a list of them',
  bool: 'true or false',
  hex: 'bytes in hex such as "0a0b0c"',
}

function encodeItem(type: OptionType, item: unknown): string | null {
  switch (type) {
    case 'ipv4': {
      const address = typeof item === 'string' ? parseIpv4(item) : null
      return address === null ? null : encodeNumber(address, 4)
    }
    case 'string':
      return typeof item === 'string' ? hexOf(new TextEncoder().encode(item)) : null
    case 'u8':
      return encodeNumber(item, 1)
    case 'u16':
      return encodeNumber(item, 2)
    case 'u32':
      return encodeNumber(item, 4)
    case 'bool':
      return typeof item === 'boolean' ? encodeNumber(item ? 1 : 0, 1) : null
    case 'hex':
      return typeof item === 'string' ? parseHex(item) : null
  }
}

function encodeNumber(value: unknown, width: number): string | null {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 256 ** width) return null
  return value.toString(16).padStart(2 * width, '0')
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
