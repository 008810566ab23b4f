import * as v from 'valibot'
import type { ExitReason, ExitReport } from '../control/control-protocol.ts'
import type { FleetRecord } from '../fleet/fleet.ts'
import type { WaitingLines } from '../record/store-queue.ts'
import type { LeftOut } from '../schedule/schedule-text.ts'
import type { ScheduleRecord } from '../schedule/scheduler.ts'
import type { LifeEnd } from '../service/gap-record.ts'
import type { ProcessRecord } from '../service/service-process.ts'
import type { ServiceRecord } from '../service/service-record.ts'
import type { ServiceSockets } from '../sockets/held-sockets.ts'
import type { ServiceSpec, SocketSpec } from '../spec/spec.ts'
import { oneOf } from './one-of.ts'
import { SERVICE_STATE } from './state-schema.ts'

/**
 * The records of a hand-over. Each schema is checked by the compiler against the type that it reads: who adds a field
 * to one of these types must say here what it is for a hand-over of an older version, which has none.
 */

const EXIT: v.GenericSchema<unknown, ExitReport> = v.looseObject({
  at: v.string(),
  code: v.nullable(v.number()),
  signal: v.nullable(v.string()),
  reason: oneOf<ExitReason>({
    exit: true,
    signal: true,
    'start-timeout': true,
    watchdog: true,
    probe: true,
    spawn: true,
    memory: true,
    asked: true,
    'rest-for-one': true,
    supervisor: true,
    machine: true,
  }),
  gap_ms: v.nullable(v.number()),
  queued: v.nullable(v.number()),
  dropped: v.nullable(v.number()),
})

const LIFE_END: v.GenericSchema<unknown, LifeEnd> = v.looseObject({
  id: v.nullable(v.number()),
  atMs: v.number(),
  drops: v.record(v.string(), v.number()),
  exit: EXIT,
})

const FRAGMENT = v.looseObject({ bytes: v.pipe(v.string(), v.base64()), skipping: v.boolean() })

const PROCESS: v.GenericSchema<unknown, ProcessRecord> = v.looseObject({
  child: v.looseObject({
    pid: v.number(),
    outputs: v.array(v.looseObject({ fd: v.number(), fragment: FRAGMENT })),
    channel: v.nullable(
      v.looseObject({
        port: v.looseObject({ fd: v.number(), fragment: FRAGMENT, unsent: v.pipe(v.string(), v.base64()) }),
        nextId: v.number(),
        asked: v.array(v.looseObject({ id: v.number(), method: v.string(), params: v.unknown() })),
      }),
    ),
    notify: v.nullable(v.number()),
    group: v.nullable(v.string()),
  }),
  notify: v.nullable(v.looseObject({ fd: v.number(), path: v.string() })),
})

/**
 * A spec is not looked into: it is only compared with the one that the new program makes of the configuration, and
 * where that has fields of which the old one knew nothing, they are taken from there.
 */
const SPEC = v.custom<ServiceSpec>(
  (value) => v.is(v.looseObject({ name: v.string(), sockets: v.array(v.unknown()), rules: v.looseObject({}) }), value),
  'Expected a service',
)

const SERVICE: v.GenericSchema<unknown, ServiceRecord> = v.looseObject({
  spec: SPEC,
  state: SERVICE_STATE,
  began: v.looseObject({ atMs: v.number(), memoryKills: v.number() }),
  statusText: v.string(),
  lines: v.array(v.string()),
  gaps: v.looseObject({ open: v.array(LIFE_END), closed: v.array(LIFE_END) }),
  process: v.nullable(PROCESS),
})

const SCHEDULE: v.GenericSchema<unknown, ScheduleRecord> = v.looseObject({
  service: v.string(),
  agenda: v.looseObject({ dueMs: v.nullable(v.number()), doneMs: v.nullable(v.number()) }),
  leftOut: v.array(
    v.looseObject({
      life: v.number(),
      kind: oneOf<LeftOut['kind']>({ missed: true, skipped: true }),
      count: v.number(),
      more: v.boolean(),
      sinceMs: v.number(),
      why: v.string(),
    }),
  ),
})

/** All services. */
export const FLEET: v.GenericSchema<unknown, FleetRecord> = v.looseObject({
  services: v.array(SERVICE),
  queued: v.array(v.string()),
  schedules: v.array(SCHEDULE),
})

const URL_OF_SOCKET: v.GenericSchema<unknown, SocketSpec['url']> = v.variant('scheme', [
  v.looseObject({
    scheme: v.picklist(['udp', 'tcp', 'tls']),
    host: v.string(),
    device: v.nullable(v.string()),
    port: v.number(),
  }),
  v.looseObject({ scheme: v.picklist(['unix', 'unix-stream']), path: v.string() }),
  v.looseObject({ scheme: v.literal('packet'), device: v.string() }),
  v.looseObject({ scheme: v.literal('icmp6'), device: v.string() }),
])

const SOCKET_SPEC: v.GenericSchema<unknown, SocketSpec> = v.looseObject({
  text: v.string(),
  url: URL_OF_SOCKET,
  probeOnly: v.boolean(),
  beside: v.exactOptional(v.string()),
})

/** The sockets held for one service. */
export const SOCKETS: v.GenericSchema<unknown, ServiceSockets> = v.looseObject({
  service: v.string(),
  kept: v.array(
    v.looseObject({
      spec: SOCKET_SPEC,
      opened: v.looseObject({ fd: v.number(), url: URL_OF_SOCKET, receiveBufferBytes: v.nullable(v.number()) }),
    }),
  ),
  absent: v.array(v.looseObject({ spec: SOCKET_SPEC, why: v.string() })),
})

/** Log lines on their way into the store. */
export const WAITING_LINES: v.GenericSchema<unknown, WaitingLines> = v.looseObject({
  lines: v.array(v.looseObject({ service: v.string(), wall_ms: v.number(), line: v.string() })),
  lost: v.array(v.tuple([v.string(), v.number()])),
})
