import * as v from 'valibot'
import type { ServiceMemory, ServiceState, StateOf, StopReason } from '../service/service-state.ts'
import { oneOf } from './one-of.ts'

type SignalOfStop = NonNullable<StateOf<'stopping'>['signal']>

/** What every state carries. */
const MEMORY = {
  wanted: oneOf<ServiceMemory['wanted']>({ up: true, down: true }),
  life: v.number(),
  restarts: v.number(),
  history: v.looseObject({ failures: v.number(), startsMs: v.array(v.number()), onTrial: v.boolean() }),
}

const OUTCOME = v.variant('kind', [
  v.looseObject({ kind: v.literal('ok'), latencyMs: v.number() }),
  v.looseObject({ kind: v.literal('sick'), error: v.string(), latencyMs: v.number() }),
  v.looseObject({ kind: v.literal('silent'), error: v.string() }),
])

/** Every state of a service; all times are monotonic times of the machine and mean the same to every program. */
export const SERVICE_STATE: v.GenericSchema<unknown, ServiceState> = v.variant('kind', [
  v.variant('cause', [
    v.looseObject({ ...MEMORY, kind: v.literal('stopped'), cause: v.picklist(['new', 'asked']) }),
    v.looseObject({
      ...MEMORY,
      kind: v.literal('stopped'),
      cause: v.picklist(['waiting', 'finished']),
      failure: v.nullable(v.string()),
    }),
  ]),
  v.looseObject({ ...MEMORY, kind: v.literal('starting'), deadlineMs: v.number() }),
  v.looseObject({
    ...MEMORY,
    kind: v.literal('ready'),
    readyMs: v.number(),
    heartbeat: v.nullable(
      v.looseObject({ dueMs: v.nullable(v.number()), missed: v.boolean(), excuse: v.nullable(v.string()) }),
    ),
    probing: v.nullable(
      v.looseObject({
        dueMs: v.nullable(v.number()),
        silent: v.number(),
        last: v.nullable(v.looseObject({ outcome: OUTCOME, atMs: v.number() })),
      }),
    ),
    measureMs: v.nullable(v.number()),
  }),
  v.looseObject({
    ...MEMORY,
    kind: v.literal('stopping'),
    reason: oneOf<StopReason>({
      asked: true,
      'start-timeout': true,
      watchdog: true,
      probe: true,
      'rest-for-one': true,
    }),
    signal: v.nullable(oneOf<SignalOfStop>({ SIGTERM: true, SIGABRT: true, SIGKILL: true })),
    deadlineMs: v.number(),
    readyForMs: v.number(),
    found: v.nullable(v.string()),
  }),
  v.looseObject({ ...MEMORY, kind: v.literal('backoff'), untilMs: v.number(), why: v.string() }),
  v.looseObject({ ...MEMORY, kind: v.literal('parked'), untilMs: v.nullable(v.number()), why: v.string() }),
])
