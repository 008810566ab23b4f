/** A time zone as the configuration resolves it, so that no daemon needs the tables of all zones. */
export interface ZoneOffsets {
  /** IANA name. */
  readonly name: string
  /** From each instant (milliseconds since 1970) on, minutes east of UTC; oldest first, the first holds for all before. */
  readonly changes: readonly (readonly [fromMs: number, minutes: number])[]
}

/** Minutes east of UTC at an instant. @unit milliseconds since 1970 */
export function offsetAt({ changes }: ZoneOffsets, ms: number): number {
  return (changes.findLast(([fromMs]) => fromMs <= ms) ?? changes[0])?.[1] ?? 0
}
