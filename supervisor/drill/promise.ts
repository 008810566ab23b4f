/** One thing that Lanward promises, and whether a drill found it kept. */
export interface PromiseReport {
  readonly promise: string
  readonly kept: boolean
  /** What was seen, in words. */
  readonly found: string
}

/** A promise, judged by what a drill has seen; pure. */
export interface Pledge<Seen> {
  readonly promise: string
  judge(seen: Seen): { readonly kept: boolean; readonly found: string }
}

/** Holds what was seen against each promise. */
export function judgeAll<Seen>(pledges: readonly Pledge<Seen>[], seen: Seen): readonly PromiseReport[] {
  return pledges.map((pledge) => ({ promise: pledge.promise, ...pledge.judge(seen) }))
}

export const DRILLS = ['kill', 'hang', 'flood', 'reload'] as const
export type DrillName = (typeof DRILLS)[number]

/** How one drill went. */
export interface DrillReport {
  readonly drill: DrillName
  /** null where it is about all services at once. */
  readonly service: string | null
  readonly promises: readonly PromiseReport[]
  /** Why it was not done; null when it was. */
  readonly skipped: string | null
}
