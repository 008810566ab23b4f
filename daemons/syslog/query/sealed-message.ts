import { formatSealedRow } from '../archive/sealed-columns.ts'
import type { RowCursor } from '../archive/sealed-row.ts'
import type { Found } from './chunk.ts'
import type { StoredMessage } from './stored-message.ts'

/** A row of a sealed segment as the message that it is; each field is read when it is asked for. */
export class SealedMessage implements StoredMessage, Found {
  readonly #row: RowCursor

  /** @param row stays where it is */
  constructor(row: RowCursor) {
    this.#row = row
  }

  get message(): StoredMessage {
    return this
  }

  get line(): string {
    return formatSealedRow(this.#row)
  }

  get rt(): string {
    return this.#row.rt
  }

  get seq(): number {
    return this.#row.seq
  }

  get src(): string {
    return this.#row.src ?? ''
  }

  get via(): string {
    return this.#row.via ?? ''
  }

  get facility(): string {
    return this.#row.facility ?? ''
  }

  get severity(): string {
    return this.#row.severity ?? ''
  }

  get host(): string | null {
    return this.#row.host
  }

  get app(): string | null {
    return this.#row.app
  }

  get procid(): string | null {
    return this.#row.procid
  }

  get sd(): StoredMessage['sd'] {
    return JSON.parse(this.#row.sd ?? 'null')
  }

  get msg(): string {
    return this.#row.msg ?? ''
  }
}
