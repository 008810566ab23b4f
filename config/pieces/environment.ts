import * as v from 'valibot'
import { describeValue } from '../config-problem.ts'
import { isTable } from '../toml-tree.ts'
import { expected } from './piece.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What the contract sets: written by hand it would lie to the program. */
const OURS = /^(?:LISTEN_(?:FDS|PID|FDNAMES)|NOTIFY_SOCKET|WATCHDOG_(?:USEC|PID)|STATE_DIRECTORY|LANWARD_.*)$/

/** A table of environment variables: any name that a shell takes, except those that Lanward sets itself. */
export function environment(about: string) {
  const name = v.pipe(
    v.string(),
    v.regex(NAME, 'must be a name of letters, digits and underscores, no digit first'),
    v.check((key) => !OURS.test(key), 'is set by Lanward itself; remove it'),
  )
  const value = v.pipe(
    v.string((issue) => `must be text, not ${describeValue(issue.input)}${quoteHint(issue.input)}`),
    v.check((text) => !text.includes('\0'), 'must not contain a NUL character'),
  )
  return v.pipe(
    v.custom<Record<string, unknown>>(isTable, (issue) => expected('a table such as { KEY = "value" }', issue.input)),
    v.record(name, value),
    v.metadata({
      jsonForm: {
        type: 'object',
        description: about,
        patternProperties: { [NAME.source]: { type: 'string' } },
        additionalProperties: false,
      },
    }),
  )
}

function quoteHint(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? `; put it in quotes: "${value}"` : ''
}
