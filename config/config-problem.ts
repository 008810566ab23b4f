/** One thing that is wrong in a configuration file, told so that a person can go there and put it right. */
export interface ConfigProblem {
  readonly file: string
  /** From 1; 0 when the problem is with the file as a whole. */
  readonly line: number
  /** From 1. */
  readonly column?: number
  /** Dotted, list items by number from 0: `dhcp.subnet[0].pools[1]`; empty when no key is meant. */
  readonly key: string
  readonly message: string
}

/** Keys and list positions from the root of the document. */
export type KeyPath = readonly (string | number)[]

/** A problem before its file and line are known. */
export interface Finding {
  readonly path: KeyPath
  readonly message: string
}

/** Writes a problem as `FILE:LINE: key: message`, without control characters of the file in it. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}`
  const key = problem.key === '' ? '' : `${problem.key}: `
  return visible(`${place}: ${key}${problem.message}`)
}

/** Writes a path as `dhcp.subnet[0].pools`; a key that TOML would quote is quoted. */
export function formatKey(path: KeyPath): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else text += `${text === '' ? '' : '.'}${/^[A-Za-z0-9_-]+$/.test(part) ? part : JSON.stringify(part)}`
  }
  return text
}

/** A value of the file as a message may show it: short, and quoted when it is text. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return 'a date'
  return Array.isArray(value) ? 'a list' : 'a table'
}

function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => `\\x${hexOf(character)}`)
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
