import type { StatusReport } from '../control/control-protocol.ts'
import { isConfigChanged } from '../fleet/config-changed.ts'
import type { Ground } from './ground.ts'
import { type DrillReport, judgeAll } from './promise.ts'
import { RELOAD_PROMISES } from './reload-promises.ts'
import { readSocketMarks, type SocketMarks } from './socket-marks.ts'

/** Reads the same configuration again. */
export async function drillReload(ground: Ground): Promise<DrillReport> {
  const before = await ground.status()
  if (isConfigChanged(before.supervisor)) {
    const skipped = 'the configuration on disk is another one than that in force: lanward reload first'
    return { drill: 'reload', service: null, promises: [], skipped }
  }
  const { changes } = await ground.reload()
  const after = await ground.status()
  const pids = new Map(after.services.map(({ name, pid }) => [name, pid]))
  return {
    drill: 'reload',
    service: null,
    skipped: null,
    promises: judgeAll(RELOAD_PROMISES, {
      changes,
      otherPids: before.services.filter(({ name, pid }) => pids.get(name) !== pid).map(({ name }) => name),
      sockets: { before: allMarks(before), after: allMarks(after) },
    }),
  }
}

function allMarks({ services }: StatusReport): SocketMarks {
  return new Map(services.flatMap((service) => [...readSocketMarks(service)]))
}
