import * as v from 'valibot'
import type { RestartPolicy } from '../config.ts'
import { duration } from '../pieces/duration.ts'
import { decimal, flag, notYet, oneOf, table, whole } from '../pieces/piece.ts'

const entries = {
  backoff: v.optional(
    table('Waiting times between restarts: the first, what each next is multiplied by, and the longest.', {
      first: v.optional(duration('Wait before the first restart.', '1ms', '1h')),
      factor: v.optional(decimal('Each wait is this many times the one before.', 1, 100)),
      max: v.optional(duration('Longest wait.', '1ms', '1d')),
      jitter: v.optional(decimal('Share of the wait by which chance may change it.', 0, 1)),
    }),
  ),
  limit: v.optional(
    table('More restarts than this in the window: the service is parked.', {
      restarts: v.optional(whole('Restarts allowed in the window.', 1, 10_000)),
      within: v.optional(duration('Length of the window.', '1s', '7d')),
    }),
  ),
  park_retry: v.optional(duration('A parked service is tried again after this.', '1s', '7d')),
  reset_after: v.optional(duration('A run this long resets the waiting times.', '1ms', '7d')),
  on: v.optional(oneOf('Which exits are followed by a restart.', ['always', 'failure', 'never'])),
  rest_for_one: v.optional(flag('Restarted too whenever a service of its "after" has become ready anew.')),
}

const SHARED = 'is the same for all services; set it under [supervisor]'

/** `[NAME.restart]`: what it leaves out is taken from `[supervisor.restart]`. */
export const restartSchema = table('When and how the service is restarted.', {
  ...entries,
  watchdog: notYet(SHARED),
  probe_every: notYet(SHARED),
})

/** `[supervisor.restart]`: for all services; the two periods may stand here as well as one level up. */
export const sharedRestartSchema = table('When and how services are restarted.', {
  ...entries,
  watchdog: v.optional(duration('A service silent for this long is killed and restarted.', '100ms', '1d')),
  probe_every: v.optional(duration('Time between health probes.', '100ms', '1d')),
})

export type RestartWish = v.InferOutput<typeof restartSchema> | v.InferOutput<typeof sharedRestartSchema>

/** What holds when nothing is written. */
export const DEFAULT_RESTART: RestartPolicy = {
  backoff: { firstMs: 50, factor: 2, maxMs: 30_000, jitter: 0.1 },
  limit: { restarts: 5, withinMs: 30_000 },
  parkRetryMs: 300_000,
  resetAfterMs: 10_000,
  on: 'always',
  restForOne: false,
}

/** Lays what is written over the policy below it. */
export function mergeRestart(below: RestartPolicy, wish: RestartWish | undefined): RestartPolicy {
  return {
    backoff: {
      firstMs: wish?.backoff?.first ?? below.backoff.firstMs,
      factor: wish?.backoff?.factor ?? below.backoff.factor,
      maxMs: wish?.backoff?.max ?? below.backoff.maxMs,
      jitter: wish?.backoff?.jitter ?? below.backoff.jitter,
    },
    limit: {
      restarts: wish?.limit?.restarts ?? below.limit.restarts,
      withinMs: wish?.limit?.within ?? below.limit.withinMs,
    },
    parkRetryMs: wish?.park_retry ?? below.parkRetryMs,
    resetAfterMs: wish?.reset_after ?? below.resetAfterMs,
    on: wish?.on ?? below.on,
    restForOne: wish?.rest_for_one ?? below.restForOne,
  }
}
