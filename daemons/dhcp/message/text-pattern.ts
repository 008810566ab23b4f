/** Octets as text, each one character; a NUL at the end is no part of it. */
export function octetText(bytes: Uint8Array): string {
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')
}

/**
 * Tests text against patterns of any case in which `*` stands for anything.
 *
 * @attack each pattern costs one pass over the text, however many stars it has: no expression that tracks back
 */
export function textMatcher(patterns: readonly string[]): (text: string) => boolean {
  const compiled = patterns.map((pattern) => Buffer.from(pattern.toLowerCase(), 'utf8').toString('latin1').split('*'))
  return (text) => {
    const folded = text.toLowerCase()
    return compiled.some((parts) => matches(parts, folded))
  }
}

/** The parts must follow each other, the first at the start and the last at the end. */
function matches(parts: readonly string[], text: string): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

/** Tests bytes in hex against patterns that may end in `*`, which stands for anything. */
export function hexMatcher(patterns: readonly string[]): (hex: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  return (hex) => exact.has(hex) || prefixes.some((prefix) => hex.startsWith(prefix))
}
