/**
 * The longest text that everything matching a regular expression must have in it, as far as a first look tells: null
 * when there is none of use, or the expression is not plain enough to be sure.
 */
export function findNeedle(pattern: string): string | null {
  // Flags such as (?i) and quoting change what a letter means; an alternative makes every part of it optional.
  if (/\(\?[^:]|\\[QE]/.test(pattern)) return null
  const runs: string[] = ['']
  const endRun = (): void => void runs.push('')
  for (let at = 0; at < pattern.length; ) {
    const [, escaped, plain] = /^(?:\\([^A-Za-z0-9])|([^\\^$.*+?()[\]{}|]))/s.exec(pattern.slice(at, at + 2)) ?? []
    const letter = escaped ?? plain
    if (letter === undefined) {
      if (pattern[at] === '|') return null
      at = skipPart(pattern, at)
      if (at < 0) return null
      endRun()
    } else {
      at += escaped === undefined ? 1 : 2
      const repeats = /^[*?{]/.test(pattern.slice(at, at + 1))
      if (!repeats) runs.push((runs.pop() ?? '') + letter)
      // `ab+c`: there is an ab and a bc, but no abc.
      if (repeats || pattern[at] === '+') endRun()
    }
    const repetition = /^(?:[*+?]|\{[^}]*\})\??/.exec(pattern.slice(at, at + 20))?.[0] ?? ''
    at += repetition.length
  }
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  return longest.length < SHORTEST || /[\ud800-\udfff]/.test(longest) ? null : longest
}

/** Offset behind a class, a group with all in it, or a single sign; -1 when it has no end. */
function skipPart(pattern: string, start: number): number {
  if (pattern[start] === '\\') {
    // \pL, \p{Greek}, \x{10FFFF}, \x41, \d
    const [part = ''] = /^\\(?:[pPx]\{[^}]*\}|[pP].|x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)/s.exec(pattern.slice(start)) ?? []
    return part === '' ? -1 : start + part.length
  }
  if (pattern[start] === '[') return skipClass(pattern, start)
  if (pattern[start] !== '(') return start + 1
  let depth = 0
  for (let at = start; at < pattern.length; ) {
    if (pattern[at] === '(') depth++
    if (pattern[at] === ')' && --depth === 0) return at + 1
    if (pattern[at] === '\\') at += 2
    else if (pattern[at] === '[') {
      at = skipClass(pattern, at)
      if (at < 0) return -1
    } else at += 1
  }
  return -1
}

function skipClass(pattern: string, start: number): number {
  const [part] = /^\[\^?\]?(?:\\.|\[:[^:]*:\]|[^\]\\])*\]/s.exec(pattern.slice(start)) ?? []
  return part === undefined ? -1 : start + part.length
}

const SHORTEST = 2
