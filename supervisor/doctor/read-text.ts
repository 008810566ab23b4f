import { readFileSync } from 'node:fs'

/** The text of a small file, empty where it is not there or hidden. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** The number that a file of `/proc` or `/sys` begins with; null where there is none. */
export function readNumber(path: string): number | null {
  const digits = /^\s*(-?\d+)/.exec(readText(path))?.[1]
  return digits === undefined ? null : Number(digits)
}
