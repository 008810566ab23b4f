import * as v from 'valibot'
import type { SupervisorSection } from '../config.ts'
import type { Finding } from '../config-problem.ts'
import { duration } from '../pieces/duration.ts'
import { flag, table, text } from '../pieces/piece.ts'
import { sharedRestartSchema } from './restart.ts'

/** `[supervisor]`. */
export const supervisorSchema = table('How services are run.', {
  user: v.optional(
    text('User that our daemons become when started as root; "self" = no change.', 'the name of a user, or "self"'),
    'lanward',
  ),
  start_timeout: v.optional(duration('A service not ready by then is stopped and tried again.', '100ms', '1d'), '10s'),
  stop_timeout: v.optional(duration('A service not gone by then is killed.', '100ms', '1d'), '5s'),
  watchdog: v.optional(duration('A service silent for this long is killed and restarted.', '100ms', '1d')),
  probe_every: v.optional(duration('Time between health probes.', '100ms', '1d')),
  spare: v.optional(flag('Keep one process loaded and ready, which takes the place of a daemon that dies.'), true),
  restart: v.optional(sharedRestartSchema),
})

type Written = v.InferOutput<typeof supervisorSchema>

/** Fills in what `[supervisor]` leaves open. */
export function buildSupervisor(written: Written): SupervisorSection {
  return {
    user: written.user,
    startTimeoutMs: written.start_timeout,
    stopTimeoutMs: written.stop_timeout,
    watchdogMs: written.watchdog ?? written.restart?.watchdog ?? 10_000,
    spare: written.spare,
    probeEveryMs: written.probe_every ?? written.restart?.probe_every ?? 5_000,
  }
}

/** What is wrong in `[supervisor]` as a whole. */
export function checkSupervisor(written: Written): Finding[] {
  const findings: Finding[] = []
  for (const key of ['watchdog', 'probe_every'] as const) {
    if (written[key] === undefined || written.restart?.[key] === undefined) continue
    const message = `is set twice; keep it under [supervisor] or under [supervisor.restart], not both`
    findings.push({ path: ['supervisor', 'restart', key], message })
  }
  return findings
}
