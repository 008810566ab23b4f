/** When something is due: the one question that the clock of a schedule has to answer. */
export interface Calendar {
  /** The first due time after another, both in wall time; null = never again. */
  nextAfter(wallMs: number): number | null
}
