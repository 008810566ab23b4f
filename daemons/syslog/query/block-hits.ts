import type { SealedBlock } from '../archive/sealed-block.ts'
import type { Candidates } from './group-search.ts'

/** Rows of a block that may pass a filter, in the order of their messages; they lie by program. */
export class BlockHits {
  /** Of each group, growing. */
  readonly rows: readonly Int32Array[]
  /** One for each row: place of the message in the block, group, and which of the group's rows; sorted. */
  readonly #keys: Float64Array

  /** @param found of each group; null = nothing there may pass @throws Error when numbers of messages are missing */
  constructor(block: SealedBlock, found: readonly (Candidates | null)[]) {
    this.rows = found.map((candidates) => (candidates === null ? NO_ROWS : keptRows(candidates)))
    this.#keys = new Float64Array(this.rows.reduce((sum, rows) => sum + rows.length, 0))
    const [first] = block.range('seq')
    let count = 0
    let before = -1
    let sorted = true
    for (const [group, rows] of this.rows.entries()) {
      if (rows.length === 0) continue
      const numbers = block.groups[group]?.numbers('seq')
      for (let index = 0; index < rows.length; index++) {
        const place = (numbers?.[rows[index] ?? 0] ?? Number.NaN) - first
        if (!(place >= 0 && place < MOST_PLACES)) throw new Error('a sealed segment with a number missing')
        const key = place * PLACE + group * GROUP + index
        this.#keys[count++] = key
        if (key < before) sorted = false
        before = key
      }
    }
    // What one program says lies in order already.
    if (!sorted) this.#keys.sort()
  }

  get length(): number {
    return this.#keys.length
  }

  groupOf(hit: number): number {
    return this.#rowOf(hit) >> GROUP_BITS
  }

  /** Which of the rows of its group. */
  indexOf(hit: number): number {
    return this.#rowOf(hit) & (GROUP - 1)
  }

  /** Group and row of a key. The remainder operator takes ten times as long on numbers of that size. */
  #rowOf(hit: number): number {
    const key = this.#keys[hit] ?? 0
    return key - Math.floor(key / PLACE) * PLACE
  }
}

function keptRows({ kept, left }: Candidates): Int32Array {
  const rows = new Int32Array(left)
  let count = 0
  for (let row = 0; row < kept.length; row++) if (kept[row] === 1) rows[count++] = row
  return rows
}

/** More than a group has rows. */
const GROUP_BITS = 20
const GROUP = 2 ** GROUP_BITS
/** Times more than a block has groups. */
const PLACE = 2 ** 30
/** All of a key must be exact. */
const MOST_PLACES = 2 ** 23
const NO_ROWS = new Int32Array(0)
