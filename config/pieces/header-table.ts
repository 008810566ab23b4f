import * as v from 'valibot'
import { describeValue } from '../config-problem.ts'
import { isTable } from '../toml-tree.ts'
import { expected } from './piece.ts'

/** A token of RFC 9110 section 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** What we set ourselves. */
const OURS = /^(?:content-(?:type|encoding|length)|transfer-encoding|connection|host)$/i

/** A table of HTTP headers, except those that go with each request anyway. */
export function headerTable(about: string) {
  const name = v.pipe(
    v.string(),
    v.regex(NAME, 'must be the name of a header, without spaces and colons'),
    v.check((key) => !OURS.test(key), 'is set by Lanward itself; remove it'),
  )
  const value = v.pipe(
    v.string((issue) => `must be text, not ${describeValue(issue.input)}`),
    v.regex(/^[\t -~\u0080-\u00ff]*$/, 'must not contain line ends or other control characters'),
  )
  return v.pipe(
    v.custom<Record<string, unknown>>(isTable, (issue) => expected('a table such as { KEY = "value" }', issue.input)),
    v.record(name, value),
    v.metadata({
      jsonForm: { type: 'object', description: about, additionalProperties: { type: 'string' } },
    }),
  )
}
