import type { ServiceReport } from '../control/control-protocol.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { answersAtAll, DeadTime } from './dead-time.ts'
import { foundOutMs, whyNotKilled } from './expected-return.ts'
import { type Ground, watchWhile } from './ground.ts'
import { HANG_PROMISES } from './hang-promises.ts'
import { openClient } from './open-client.ts'
import { type DrillReport, judgeAll } from './promise.ts'
import { isAnotherLife } from './run-kill.ts'
import { readSocketMarks } from './socket-marks.ts'

const SEND_EVERY_MS = 50
const LATEST_MS = 10_000

/** Stops a process in its tracks and waits until somebody notices; lets it go on if nobody does. */
export async function drillHang(ground: Ground, spec: ServiceSpec): Promise<DrillReport> {
  const before = await ground.service(spec.name)
  const { restart_limit } = await ground.why(spec.name)
  const limitMs = foundOutMs(spec, restart_limit.used)
  const { pid } = before
  const skipped =
    whyNotKilled(spec, before, restart_limit) ?? (limitMs === null ? 'it has neither heartbeat nor probe' : null)
  if (skipped !== null || pid === null || limitMs === null)
    return { drill: 'hang', service: spec.name, promises: [], skipped: skipped ?? 'it has no process' }
  const marks = readSocketMarks(before)
  await using client = await openClient(ground, spec, before)
  const dead = client !== null && (await answersAtAll(client)) ? new DeadTime(client, 1) : null
  const stoppedMs = ground.nowMs()
  ground.signal(pid, 'SIGSTOP')
  try {
    dead?.dies()
    const back = await watchWhile(
      ground,
      { name: spec.name, withinMs: limitMs + LATEST_MS, holds: (now) => isAnotherLife(now, before) },
      { everyMs: SEND_EVERY_MS, turn: () => dead?.send() },
    )
    const backAfterMs = back === null ? null : ground.nowMs() - stoppedMs
    await letGoOn(ground, spec.name, pid)
    const requests = dead === null ? null : await dead.count(before, () => ground.service(spec.name))
    const after = await ground.service(spec.name)
    return {
      drill: 'hang',
      service: spec.name,
      skipped: null,
      promises: judgeAll(HANG_PROMISES, {
        backAfterMs,
        limitMs,
        lastExit: isAnotherLife(after, before) ? after.last_exit : null,
        sockets: { before: marks, after: readSocketMarks(after) },
        requests,
      }),
    }
  } finally {
    await letGoOn(ground, spec.name, pid)
  }
}

/** Wakes the process, if it still is the one of the service: its number may belong to somebody else by now. */
async function letGoOn(ground: Ground, name: string, pid: number): Promise<void> {
  const now: ServiceReport | null = await ground.service(name).catch(() => null)
  if (now?.pid === pid) ground.signal(pid, 'SIGCONT')
}
