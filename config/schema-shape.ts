import type * as v from 'valibot'
import type { KeyPath } from './config-problem.ts'
import type { JsonForm } from './pieces/piece.ts'

/** What a schema allows, as far as the search for unknown keys and the JSON Schema need to know it. */
export type SchemaShape =
  | { readonly kind: 'table'; readonly about: string; readonly entries: ReadonlyMap<string, Entry> }
  | { readonly kind: 'list'; readonly about: string; readonly item: v.GenericSchema }
  | { readonly kind: 'choice'; readonly options: readonly v.GenericSchema[] }
  | { readonly kind: 'leaf'; readonly form: JsonForm }
  | { readonly kind: 'refused' }

export interface Entry {
  readonly schema: v.GenericSchema
  readonly required: boolean
  /** As it would be written in the file; undefined when there is none. */
  readonly fallback: unknown
}

/** Looks through the layers that pieces put around a schema. */
export function shapeOf(schema: v.GenericSchema): SchemaShape {
  const layers = layersOf(schema)
  const about = layers.map((layer) => textOf(layer['description'])).findLast((text) => text !== '') ?? ''
  for (const layer of layers) {
    const metadata = layer['metadata']
    if (isRecord(metadata) && isRecord(metadata['jsonForm'])) return { kind: 'leaf', form: metadata['jsonForm'] }
    if (isRecord(metadata) && Array.isArray(metadata['jsonChoices']))
      return { kind: 'choice', options: metadata['jsonChoices'].filter(isSchema) }
    if (isRecord(layer['entries'])) {
      const entries = Object.entries(layer['entries']).flatMap(([key, entry]): [string, Entry][] =>
        isSchema(entry) ? [[key, entryOf(entry)]] : [],
      )
      return { kind: 'table', about, entries: new Map(entries) }
    }
    if (layer['type'] === 'array' && isSchema(layer['item'])) return { kind: 'list', about, item: layer['item'] }
  }
  return { kind: 'refused' }
}

/** What a key is for, in words that can follow a colon; empty when the schema does not know the key. */
export function aboutKey(schema: v.GenericSchema, path: KeyPath): string {
  const shape = shapeOf(schema)
  const [part, ...rest] = path
  if (part === undefined) {
    const text = shape.kind === 'leaf' ? textOf(shape.form['description']) : 'about' in shape ? shape.about : ''
    return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '')
  }
  if (shape.kind === 'list') return aboutKey(shape.item, rest)
  const entry = shape.kind === 'table' ? shape.entries.get(String(part)) : undefined
  return entry === undefined ? '' : aboutKey(entry.schema, rest)
}

function entryOf(schema: v.GenericSchema): Entry {
  const record: Readonly<Record<string, unknown>> = { ...schema }
  return { schema, required: record['type'] !== 'optional', fallback: record['default'] }
}

/** The schema, what `optional` wraps and every item of its pipes, outermost last. */
function layersOf(schema: unknown): Readonly<Record<string, unknown>>[] {
  if (!isRecord(schema)) return []
  const pipe = Array.isArray(schema['pipe']) ? schema['pipe'] : []
  const [first, ...rest] = pipe
  if (first !== undefined) {
    const inside = isRecord(first) && first !== schema && Array.isArray(first['pipe']) ? layersOf(first) : [first]
    return [...inside, ...rest].filter(isRecord)
  }
  return schema['type'] === 'optional' ? layersOf(schema['wrapped']) : [schema]
}

function isSchema(value: unknown): value is v.GenericSchema {
  return isRecord(value) && value['kind'] === 'schema'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
