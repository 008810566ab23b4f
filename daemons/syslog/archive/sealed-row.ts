import { textAt } from '../parquet/text-column.ts'
import { MicrosText, type SealedRow, type TextColumnName } from './sealed-columns.ts'
import type { SealedGroup } from './sealed-segment.ts'

/** A look at one row of a group, moved from row to row; only the columns that are asked for are read. */
export class RowCursor implements SealedRow {
  readonly #group: SealedGroup
  row = 0

  constructor(group: SealedGroup) {
    this.#group = group
  }

  get rt(): string {
    return times.format(this.#group.numbers('rt')[this.row] ?? 0)
  }

  get seq(): number {
    return this.#group.numbers('seq')[this.row] ?? 0
  }

  get src(): string | null {
    return this.#text('src')
  }

  get via(): string | null {
    return this.#text('via')
  }

  get facility(): string | null {
    return this.#text('facility')
  }

  get severity(): string | null {
    return this.#text('severity')
  }

  get host(): string | null {
    return this.#text('host')
  }

  get app(): string | null {
    return this.#text('app')
  }

  get procid(): string | null {
    return this.#text('procid')
  }

  get msgid(): string | null {
    return this.#text('msgid')
  }

  get ts(): string | null {
    return this.#text('ts')
  }

  get sd(): string | null {
    return this.#text('sd')
  }

  get msg(): string | null {
    return this.#text('msg')
  }

  get format(): string | null {
    return this.#text('format')
  }

  get flags(): string | null {
    return this.#text('flags')
  }

  get raw(): string | null {
    return this.#text('raw')
  }

  get raw_b64(): string | null {
    return this.#text('raw_b64')
  }

  get raw_form(): string | null {
    return this.#text('raw_form')
  }

  get raw_lead(): string | null {
    return this.#text('raw_lead')
  }

  get line(): string | null {
    return this.#text('line')
  }

  #text(name: TextColumnName): string | null {
    return textAt(this.#group.texts(name), this.row)
  }
}

/** Shared by all cursors: they are on the same second mostly. */
const times = new MicrosText()
