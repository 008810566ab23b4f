import { readFileSync } from 'node:fs'
import type { ServiceReport } from '../control/control-protocol.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { answersAtAll, DeadTime } from './dead-time.ts'
import { comeBackMs, whyNotKilled } from './expected-return.ts'
import { type Ground, watchWhile } from './ground.ts'
import { KILL_PROMISES } from './kill-promises.ts'
import { openClient } from './open-client.ts'
import { type DrillReport, judgeAll } from './promise.ts'
import { readSocketMarks } from './socket-marks.ts'

/** Requests to the living daemon, so that it dies at work. */
const SENT_ALIVE = 40
const SEND_EVERY_MS = 2
/** A service that comes back late is told with its time, up to this much later. */
const LATEST_MS = 10_000
/** So long after `ready` the supervisor has counted what waited. */
const COUNTED_MS = 200

/** Kills a service at work, asks on while it is dead, and holds what comes of it against the promises. */
export async function drillKill(ground: Ground, spec: ServiceSpec): Promise<DrillReport> {
  const before = await ground.service(spec.name)
  const why = await ground.why(spec.name)
  const skipped = whyNotKilled(spec, before, why.restart_limit)
  const { pid } = before
  if (skipped !== null || pid === null)
    return { drill: 'kill', service: spec.name, promises: [], skipped: skipped ?? 'it has no process' }
  const limitMs = comeBackMs(spec, why.restart_limit.used)
  const marks = readSocketMarks(before)
  await using client = await openClient(ground, spec, before)
  const dead = client !== null && (await answersAtAll(client)) ? new DeadTime(client, 1) : null
  for (let sent = 0; dead !== null && sent < SENT_ALIVE; sent++) {
    dead.send()
    await ground.pause(1)
  }
  const killedMs = ground.nowMs()
  ground.signal(pid, 'SIGKILL')
  while (isAlive(pid) && ground.nowMs() - killedMs < limitMs) await ground.pause(1)
  dead?.dies()
  const back = await watchWhile(
    ground,
    { name: spec.name, withinMs: limitMs + LATEST_MS, holds: (now) => isAnotherLife(now, before) },
    { everyMs: SEND_EVERY_MS, turn: () => dead?.send() },
  )
  const backAfterMs = back === null ? null : ground.nowMs() - killedMs
  const requests = dead === null ? null : await dead.count(before, () => ground.service(spec.name))
  await ground.pause(COUNTED_MS)
  const after = await ground.service(spec.name)
  return {
    drill: 'kill',
    service: spec.name,
    skipped: null,
    promises: judgeAll(KILL_PROMISES, {
      backAfterMs,
      limitMs,
      lastExit: after.last_exit,
      sockets: { before: marks, after: readSocketMarks(after) },
      requests,
    }),
  }
}

/** Whether a report is about a later process than another, and it serves. */
export function isAnotherLife(now: ServiceReport, before: ServiceReport): boolean {
  return now.state === 'ready' && now.pid !== null && now.pid !== before.pid && now.restarts > before.restarts
}

/** Whether a process can still do something. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
