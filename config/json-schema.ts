import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as v from 'valibot'
import type { JsonForm } from './pieces/piece.ts'
import { rootSchema } from './root-schema.ts'
import { shapeOf } from './schema-shape.ts'

/**
 * Describes the configuration as JSON Schema draft 4, the last that the TOML language server Taplo reads: editors
 * complete and explain keys from it. Run as a program it writes `lanward.schema.json` beside this file.
 */
export function jsonSchema(): JsonForm {
  return {
    $schema: 'http://json-schema.org/draft-04/schema#',
    title: 'Lanward',
    ...describe(rootSchema),
  }
}

/** The schema as the text of its file. */
export function jsonSchemaText(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`
}

function describe(schema: v.GenericSchema): JsonForm {
  const shape = shapeOf(schema)
  switch (shape.kind) {
    case 'leaf':
      return inDraft4(shape.form)
    case 'choice':
      return { anyOf: shape.options.map(describe) }
    case 'list':
      return { type: 'array', description: shape.about, items: describe(shape.item) }
    case 'refused':
      return { not: {} }
    case 'table': {
      const known = [...shape.entries].filter(([, entry]) => shapeOf(entry.schema).kind !== 'refused')
      const required = known.filter(([, entry]) => entry.required).map(([key]) => key)
      return {
        type: 'object',
        description: shape.about,
        properties: Object.fromEntries(
          known.map(([key, entry]) => [key, { ...describe(entry.schema), ...fallbackOf(entry.fallback) }]),
        ),
        ...(required.length > 0 ? { required } : {}),
        additionalProperties: false,
      }
    }
  }
}

/** Draft 4 knows neither `const` nor `examples`. */
function inDraft4(form: JsonForm): JsonForm {
  const { const: only, examples: _, ...rest } = form
  return only === undefined ? rest : { ...rest, enum: [only] }
}

function fallbackOf(fallback: unknown): JsonForm {
  return fallback === undefined || JSON.stringify(fallback) === '{}' ? {} : { default: fallback }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(join(import.meta.dirname, 'lanward.schema.json'), jsonSchemaText())
