/** What the choice needs to know of a service. */
export interface Follower {
  readonly name: string
  readonly after: readonly string[]
  /** Whether it wants to be restarted with those it comes after. */
  readonly restForOne: boolean
  /** Monotonic time at which its present process was started; null when it has none: one that is parked is told too. */
  readonly beganMs: number | null
}

/**
 * The services that must follow one that has just become ready anew: those that come after it, want that, and were
 * started before. So none that wants it ever runs on what an earlier process of its forerunner told it; and none is
 * taken down while a forerunner is broken, only once it serves again.
 *
 * @param leader the service that became ready, and when (monotonic)
 */
export function followersOf<T extends Follower>(
  leader: { readonly name: string; readonly readyMs: number },
  all: readonly T[],
): readonly T[] {
  return all.filter(
    ({ name, after, restForOne, beganMs }) =>
      restForOne && name !== leader.name && after.includes(leader.name) && (beganMs ?? 0) < leader.readyMs,
  )
}
