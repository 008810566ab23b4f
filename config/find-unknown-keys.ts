import type * as v from 'valibot'
import type { Finding, KeyPath } from './config-problem.ts'
import { shapeOf } from './schema-shape.ts'
import { suggestWord } from './suggest-word.ts'
import { isTable } from './toml-tree.ts'

/** Every key of the file that the schema does not know, at any depth, with the key that was probably meant. */
export function findUnknownKeys(schema: v.GenericSchema, value: unknown, path: KeyPath = []): Finding[] {
  const shape = shapeOf(schema)
  if (shape.kind === 'list' && Array.isArray(value))
    return value.flatMap((item, index) => findUnknownKeys(shape.item, item, [...path, index]))
  if (shape.kind === 'choice') {
    const wanted = Array.isArray(value) ? 'list' : isTable(value) ? 'table' : null
    const option = shape.options.find((one) => shapeOf(one).kind === wanted)
    return option === undefined ? [] : findUnknownKeys(option, value, path)
  }
  if (shape.kind !== 'table' || !isTable(value)) return []
  return Object.entries(value).flatMap(([key, item]) => {
    const entry = shape.entries.get(key)
    if (entry !== undefined) return findUnknownKeys(entry.schema, item, [...path, key])
    const known = [...shape.entries]
      .filter(([, { schema }]) => shapeOf(schema).kind !== 'refused')
      .map(([name]) => name)
    return [{ path: [...path, key], message: `is not a known key; ${hint(key, known)}` }]
  })
}

function hint(key: string, known: readonly string[]): string {
  const near = suggestWord(key, known)
  return near === null ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`
}
