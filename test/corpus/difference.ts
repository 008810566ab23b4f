/** One case in which our reading is another than that of the reference. */
export interface Difference {
  readonly id: number
  /** What differs, wanted <> ours. */
  readonly text: string
}

/** What a comparison found. */
export interface Comparison {
  readonly total: number
  readonly differences: readonly Difference[]
}
