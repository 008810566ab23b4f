import { readFileSync } from 'node:fs'
import { replaceFile } from '../../runtime/replace-file.ts'
import type { DecisionHistory, RepeatedDecision } from './decision-history.ts'

/** A file of this many characters is not one of ours. */
const LARGEST = 64 * 1024 * 1024

/**
 * Reads the decisions that were remembered when the daemon last wrote them.
 *
 * @returns none when there is no file, or it cannot be understood: nothing depends on it
 */
export function readHistory(path: string): readonly RepeatedDecision[] {
  try {
    const text = readFileSync(path, 'utf8')
    const file: unknown = text.length > LARGEST ? null : JSON.parse(text)
    return Array.isArray(file) ? file.filter(isRecord) : []
  } catch {
    return []
  }
}

/**
 * Makes what writes the file when something was decided since the last time: now and then, so that a daemon that is
 * killed has not forgotten all.
 *
 * @returns throws when it cannot
 */
export function makeHistoryWriter(path: string, history: DecisionHistory): () => void {
  let written = 0
  return () => {
    const { added } = history
    if (added === written) return
    replaceFile(path, JSON.stringify(history.all()))
    written = added
  }
}

const NUMBERS = ['atMs', 'address', 'relay', 'sinceMs', 'times']
const TEXTS = ['mac', 'type', 'outcome', 'reason']

function isRecord(value: unknown): value is RepeatedDecision {
  if (typeof value !== 'object' || value === null) return false
  const field = (name: string): unknown => Reflect.get(value, name)
  const id = field('clientId')
  return (
    NUMBERS.every((name) => Number.isFinite(field(name)) || (ADDRESSES.has(name) && typeof field(name) === 'string')) &&
    TEXTS.every((name) => typeof field(name) === 'string') &&
    (id === null || typeof id === 'string')
  )
}

/** Those of IPv6 are texts. */
const ADDRESSES: ReadonlySet<string> = new Set(['address', 'relay'])
