const SPACE = 32

/** Where the spaces from `start` on end. */
export function skipSpaces(text: string, start: number): number {
  let at = start
  while (text.charCodeAt(at) === SPACE) at++
  return at
}

/** Whether a space or the end stands at `at`. */
export function isDelimited(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === SPACE
}
