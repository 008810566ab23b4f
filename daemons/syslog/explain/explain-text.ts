import { visible } from '../query/log-text.ts'
import type { Explanation } from './explain-message.ts'
import type { Rule } from './span-record.ts'

const RULES: Readonly<Record<Rule, string>> = {
  rfc5424: 'the header of RFC 5424',
  'time-host-tag': 'a time of the BSD family (RFC 3164), then host and program',
  tag: 'no time, but a program with a colon (RFC 3164)',
  cisco: "number, name or clock mark in Cisco's order",
  content: 'no header: all is text (RFC 3164 section 4.3.3)',
}

/** An explanation for people: the rule, each field with its bytes, what was guessed, and what other dialects would change. */
export function explainText(explained: Explanation): string {
  const { rule, dialect, fields, flags, others, bytes } = explained
  const rows = fields.map(({ field, path, start, end, value }) => [
    start === end ? `${start}` : `${start}-${end - 1}`,
    [field, ...path].join('.'),
    value === null ? '(nothing)' : shortened(value),
  ])
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0), 5))
  const lines = [
    `rule: ${RULES[rule]}${dialect === null ? '' : `; pinned: ${dialect}`}`,
    '',
    ...[['BYTES', 'FIELD', 'VALUE'], ...rows].map(([range = '', name = '', value = '']) =>
      `${range.padEnd(widths[0] ?? 0)}  ${name.padEnd(widths[1] ?? 0)}  ${value}`.trimEnd(),
    ),
    `(${bytes} bytes)`,
    ...section(
      'wrong or guessed:',
      flags.map(({ flag, reason }) => `${flag}: ${reason}`),
    ),
    ...section(
      'under another dialect:',
      others.map(({ dialect: other, changes }) => {
        const changed = Object.entries(changes).map(
          ([field, { to }]) => `${field} ${to === null ? '(nothing)' : shortened(to)}`,
        )
        return `${other ?? 'none pinned'}: ${changed.join(', ')}`
      }),
    ),
  ]
  return lines.map((line) => `${visible(line)}\n`).join('')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

function shortened(value: string): string {
  const quoted = JSON.stringify(value)
  return quoted.length <= LONGEST ? quoted : `${quoted.slice(0, LONGEST)}…`
}

const LONGEST = 120
