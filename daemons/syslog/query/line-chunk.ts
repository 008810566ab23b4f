import { ALL, type Chunk, type CountedField, type FindLimit, type Found } from './chunk.ts'
import { countedWord } from './counted-word.ts'
import type { LogFilter } from './log-filter.ts'
import { formatLogText } from './log-text.ts'
import { readStoredMessage } from './stored-message.ts'

/** Lines of NDJSON. */
export class LineChunk implements Chunk {
  readonly #lines: string[]

  /** @param lines without LF */
  constructor(lines: string[]) {
    this.#lines = lines
  }

  find(filter: LogFilter, { most, from }: FindLimit = ALL): Found[] {
    const needle = plainNeedle(filter)
    const found: Found[] = []
    for (let index = 0; index < this.#lines.length && found.length < most; index++) {
      const line = this.#lines.at(from === 'start' ? index : -1 - index) ?? ''
      if (needle !== null && !line.includes(needle)) continue
      const message = readStoredMessage(line)
      if (message !== null && filter.matches(message)) found.push({ message, line })
    }
    return from === 'start' ? found : found.reverse()
  }

  text(filter: LogFilter, here: string, colour: boolean): string {
    let text = ''
    for (const { message } of this.find(filter)) text += formatLogText(message, here, colour)
    return text
  }

  count(filter: LogFilter, field: CountedField): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { message } of this.find(filter)) {
      const word = countedWord(message, field, filter.tests.here)
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    return counts
  }

  times(filter: LogFilter): Float64Array {
    return Float64Array.from(this.find(filter), ({ message }) => Date.parse(message.rt))
  }

  lines(): string[] {
    return this.#lines
  }
}

/** A text that every line that passes has in it as it stands in the message: nothing of it is escaped there. null = none is known. */
export function plainNeedle({ tests }: LogFilter): string | null {
  const needle = tests.text?.needle ?? null
  return needle !== null && /^[ !#-[\]-~]*$/.test(needle) ? needle : null
}
