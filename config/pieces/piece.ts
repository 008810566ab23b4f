import * as v from 'valibot'
import { describeValue } from '../config-problem.ts'
import { isTable } from '../toml-tree.ts'

/**
 * The forms that a setting can have. Each carries what `config/json-schema.ts` writes for editors as metadata, beside
 * the check itself, so that the two cannot drift apart.
 */

/** What a reader returns instead of a value: what is wrong, what is allowed. */
export class Complaint {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

export interface JsonForm {
  readonly [keyword: string]: unknown
}

/** Text with a form of its own, read into a value; `form` completes the JSON Schema (pattern, examples). */
export function written<Value>(about: string, what: string, form: JsonForm, read: (text: string) => Value | Complaint) {
  return v.pipe(
    v.string((issue) => expected(what, issue.input)),
    v.rawTransform<string, Value>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value)
      if (!(value instanceof Complaint)) return value
      addIssue({ message: value.message })
      return NEVER
    }),
    v.metadata({ jsonForm: { type: 'string', description: about, ...form } }),
  )
}

/** Any text that is not empty and has no control characters in it. */
export function text(about: string, what = 'text') {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const control = /[\u0000-\u001f\u007f]/
  return written(about, what, { minLength: 1 }, (value) => {
    if (value === '') return new Complaint(`must be ${what}, not empty`)
    return control.test(value) ? new Complaint('must not contain control characters') : value
  })
}

/** A whole number in an inclusive range. */
export function whole(about: string, least: number, most: number) {
  const what = `a whole number from ${least} to ${most}`
  return v.pipe(
    v.custom<number>(
      (input) => typeof input === 'number' && Number.isInteger(input) && input >= least && input <= most,
      (issue) => expected(what, issue.input),
    ),
    v.metadata({ jsonForm: { type: 'integer', minimum: least, maximum: most, description: about } }),
  )
}

/** A number in an inclusive range. */
export function decimal(about: string, least: number, most: number) {
  const what = `a number from ${least} to ${most}`
  return v.pipe(
    v.custom<number>(
      (input) => typeof input === 'number' && input >= least && input <= most,
      (issue) => expected(what, issue.input),
    ),
    v.metadata({ jsonForm: { type: 'number', minimum: least, maximum: most, description: about } }),
  )
}

/** true or false. */
export function flag(about: string) {
  return v.pipe(
    v.boolean((issue) => expected('true or false', issue.input)),
    v.metadata({ jsonForm: { type: 'boolean', description: about } }),
  )
}

/** One of a few words. */
export function oneOf<const Words extends readonly string[]>(about: string, words: Words) {
  return v.pipe(
    v.picklist(words, (issue) => expected(`one of ${words.map((word) => `"${word}"`).join(', ')}`, issue.input)),
    v.metadata({ jsonForm: { type: 'string', enum: words, description: about } }),
  )
}

/** A list of one form. */
export function list<const Item extends v.GenericSchema>(about: string, item: Item) {
  return v.pipe(
    v.array(item, (issue) => expected('a list in square brackets', issue.input)),
    v.description(about),
  )
}

/** A table with these keys; other keys are found by `findUnknownKeys`. */
export function table<const Entries extends v.ObjectEntries>(about: string, entries: Entries) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isTable, (issue) => expected('a table', issue.input)),
    v.object(entries),
    v.description(about),
  )
}

/** A key of the interface that this version cannot honour: an error wherever it is written. */
export function notYet(message: string) {
  return v.optional(v.custom<never>(() => false, message))
}

/** The sentence for a value of the wrong form. */
export function expected(what: string, input: unknown): string {
  return input === undefined ? `is missing; it must be ${what}` : `must be ${what}, not ${describeValue(input)}`
}
