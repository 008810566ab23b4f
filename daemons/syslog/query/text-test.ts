import { RE2JS } from 're2js'
import { findNeedle } from './find-needle.ts'

/** What the text of a message must have in it. */
export interface TextTest {
  /** What every text that passes has in it; null when nothing is known. Lets whole segments be passed over. */
  readonly needle: string | null
  /** A text that has the needle passes, nothing more is asked. */
  readonly literal: boolean
  matches(text: string): boolean
}

/** The text stands in it as it is. */
export function literalTest(needle: string): TextTest {
  return { needle: needle === '' ? null : needle, literal: true, matches: (text) => text.includes(needle) }
}

/**
 * A regular expression in RE2's syntax. Its time grows with the length of the text alone, whatever the expression: there
 * is no going back in it, and so neither `\1` nor `(?=…)`.
 *
 * @returns the test, or why it is no regular expression
 */
export function regexTest(pattern: string): TextTest | string {
  try {
    const regex = RE2JS.compile(pattern)
    return { needle: findNeedle(pattern), literal: false, matches: (text) => regex.test(text) }
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '')
  }
}
