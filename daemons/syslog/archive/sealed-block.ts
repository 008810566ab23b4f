import type { SealedGroup } from './sealed-segment.ts'

/** Where the messages of a block lie, in their order: message `n` is row `rows[n]` of group `groups[n]`. */
export interface Places {
  readonly groups: Uint16Array
  readonly rows: Uint16Array
}

/** Consecutive messages of a sealed segment, sorted by program and parted into groups. */
export class SealedBlock {
  readonly groups: readonly SealedGroup[]
  /** Number in the segment of its first group. */
  readonly firstGroup: number

  constructor(groups: readonly SealedGroup[], firstGroup: number) {
    this.groups = groups
    this.firstGroup = firstGroup
  }

  get rows(): number {
    return this.groups.reduce((sum, group) => sum + group.rows, 0)
  }

  /** The least and greatest `seq`, or `rt` in microseconds since 1970. */
  range(name: 'rt' | 'seq'): readonly [number, number] {
    const ranges = this.groups.map((group) => group.range(name))
    return [Math.min(...ranges.map(([least]) => least)), Math.max(...ranges.map(([, most]) => most))]
  }

  /** All messages in their order. @throws Error when a number is missing or comes twice */
  places(): Places {
    const first = this.range('seq')[0]
    const groups = new Uint16Array(this.rows).fill(NOWHERE)
    const rows = new Uint16Array(this.rows)
    for (const [index, group] of this.groups.entries()) {
      const numbers = group.numbers('seq')
      for (let row = 0; row < numbers.length; row++) {
        const place = (numbers[row] ?? Number.NaN) - first
        groups[place] = index
        rows[place] = row
      }
    }
    if (groups.includes(NOWHERE)) throw new Error('a sealed segment with a number missing')
    return { groups, rows }
  }
}

/** Parts a segment into its blocks: where all numbers before are less than all numbers behind. */
export function blocksOf(groups: readonly SealedGroup[]): SealedBlock[] {
  const blocks: SealedBlock[] = []
  let least = Number.POSITIVE_INFINITY
  const leastBehind = groups.toReversed().map((group) => (least = Math.min(least, group.range('seq')[0])))
  leastBehind.reverse()
  let first = 0
  let most = Number.NEGATIVE_INFINITY
  for (const [index, group] of groups.entries()) {
    most = Math.max(most, group.range('seq')[1])
    if (most >= (leastBehind[index + 1] ?? Number.POSITIVE_INFINITY)) continue
    blocks.push(new SealedBlock(groups.slice(first, index + 1), first))
    first = index + 1
  }
  return blocks
}

const NOWHERE = 0xffff
