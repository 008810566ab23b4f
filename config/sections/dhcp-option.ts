import * as v from 'valibot'
import type { DhcpOption } from '../../daemons/dhcp/section.ts'
import { encodeOption } from '../dhcp-options/encode-option.ts'
import { KNOWN_OPTIONS, type KnownOption, NAMED_OPTIONS } from '../dhcp-options/known-options.ts'
import { octetsHex } from '../dhcp-options/octets.ts'
import { lengthFault } from '../dhcp-options/option-length.ts'
import { FORM_OF_TYPE, OPTION_TYPES, type OptionType } from '../dhcp-options/plain-value.ts'
import { TAKEN_CODES, TAKEN_NAMES } from '../dhcp-options/taken-options.ts'
import { Complaint, flag, oneOf, table, whole, written } from '../pieces/piece.ts'
import { suggestWord } from '../suggest-word.ts'

/** What a reply of one Ethernet frame holds beside the rest. */
const LONGEST = 1000
/** Below this the RFCs fix the form; above, vendors use codes in their own ways. */
const VENDORS_FROM = 128

const valueForm = {
  description: 'The value, or a list of values where the option holds several.',
  type: ['string', 'integer', 'boolean', 'array'],
}

interface WrittenOption {
  readonly name?: string | undefined
  readonly code?: number | undefined
  readonly type?: OptionType | undefined
  readonly value: unknown
  readonly always: boolean
}

/** One item of `options`, compiled into the bytes that go on the wire (RFC 2132 forms). */
export const dhcpOptionSchema = v.pipe(
  table('An option by its name, or by its number.', {
    name: v.optional(
      written('Name of the option.', 'the name of an option', { enum: [...NAMED_OPTIONS.keys()] }, checkName),
    ),
    code: v.optional(
      v.pipe(
        whole('Number of the option.', 1, 254),
        v.rawCheck(({ dataset, addIssue }) => {
          const reason = dataset.typed ? TAKEN_CODES.get(dataset.value) : undefined
          if (reason !== undefined) addIssue({ message: `must not be ${dataset.value}: this option ${reason}` })
        }),
      ),
    ),
    type: v.optional(oneOf('Form of the value, for a number without a name.', OPTION_TYPES)),
    value: v.pipe(
      v.custom<unknown>((input) => input !== undefined, 'is missing; it must be the value of the option'),
      v.metadata({ jsonForm: valueForm }),
    ),
    always: v.optional(flag('true: sent also to clients that do not ask for it.'), false),
  }),
  v.rawTransform<WrittenOption, DhcpOption>(({ dataset, addIssue, NEVER }) => {
    const input = dataset.value
    const compiled = compileOption(input)
    if (!('key' in compiled)) return compiled
    const { key, message } = compiled
    if (key === null) addIssue({ message })
    else addIssue({ message, path: [{ type: 'object', origin: 'value', input: { ...input }, key, value: input[key] }] })
    return NEVER
  }),
)

function checkName(name: string): string | Complaint {
  if (NAMED_OPTIONS.has(name)) return name
  const taken = TAKEN_NAMES.get(name)
  if (taken !== undefined) return new Complaint(`must not be "${name}": this option ${TAKEN_CODES.get(taken)}`)
  const near = suggestWord(name, [...NAMED_OPTIONS.keys()])
  const hint = near === null ? 'give its code and type instead' : `did you mean "${near}"?`
  return new Complaint(`${JSON.stringify(name.slice(0, 60))} is not a known option; ${hint}`)
}

interface Fault {
  /** Which key of the option is wrong; null = the option as a whole. */
  readonly key: 'code' | 'type' | 'value' | null
  readonly message: string
}

function compileOption({ name, code, type, value, always }: WrittenOption): DhcpOption | Fault {
  if (name === undefined && code === undefined) return { key: null, message: 'must have a name, or a code and a type' }
  const known = name === undefined ? KNOWN_OPTIONS.get(code ?? 0) : NAMED_OPTIONS.get(name)
  if (name !== undefined && code !== undefined && code !== known?.code)
    return { key: 'code', message: `must not stand beside name: "${name}" is option ${known?.code ?? '?'}` }
  if (type === undefined && known === undefined)
    return { key: null, message: `must have a type: option ${code} has no name that tells it` }
  return encodeKnown(known?.code ?? code ?? 0, known, { type, value, always })
}

function encodeKnown(
  code: number,
  known: KnownOption | undefined,
  { type, value, always }: Pick<WrittenOption, 'type' | 'value' | 'always'>,
): DhcpOption | Fault {
  const octets = encodeOption(type === undefined ? (known?.form ?? 'hex') : FORM_OF_TYPE[type], value)
  if (octets instanceof Complaint) return { key: 'value', message: octets.message }
  if (octets.length > LONGEST) return { key: 'value', message: `must fit into ${LONGEST} bytes, not ${octets.length}` }
  const fault = known === undefined || code >= VENDORS_FROM ? null : lengthFault(known.form, octets.length)
  if (fault !== null)
    return { key: 'value', message: `must have ${fault} as option ${code} (${known?.name}), not ${octets.length}` }
  return { code, hex: octetsHex(octets), always }
}
