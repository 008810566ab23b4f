import { isRecord } from '../child/child-channel.ts'

/** pino's level `error`; `fatal` is above. */
const ERROR_LEVEL = 50
/** As much as one line of a report holds. */
const MAX_LENGTH = 300

/**
 * What the newest error among the log lines of one of our daemons says: the words of its error where it carries one, else its
 * message. Never throws.
 *
 * @param lines oldest first; what is no JSON line of pino is passed over
 * @returns one line of at most 300 characters; null when no line is an error
 */
export function lastErrorIn(lines: readonly string[]): string | null {
  for (const line of lines.toReversed()) {
    const words = errorOf(line)
    if (words !== null) return words.length > MAX_LENGTH ? `${words.slice(0, MAX_LENGTH - 1)}…` : words
  }
  return null
}

function errorOf(line: string): string | null {
  let fields: unknown
  try {
    fields = JSON.parse(line)
  } catch {
    return null
  }
  if (!isRecord(fields) || typeof fields['level'] !== 'number' || fields['level'] < ERROR_LEVEL) return null
  const { err, msg } = fields
  const words = isRecord(err) ? err['message'] : msg
  return typeof words === 'string' ? words.replace(/\s+/g, ' ').trim() : null
}
