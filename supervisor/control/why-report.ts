import type { Ledger } from '../record/ledger.ts'
import { usedStarts } from '../service/restart-policy.ts'
import type { SupervisedService } from '../service/service.ts'
import type { ServiceReport, WhyReport } from './control-protocol.ts'
import { retrySeconds } from './status-report.ts'

const SHOWN_EXITS = 10

/** Tells the story of one service: its last ends, its limit, and what comes next. */
export function whyReport(
  service: SupervisedService,
  report: ServiceReport,
  ledger: Ledger,
  nowMs: number,
  timeDrills: WhyReport['time_drills'],
): WhyReport {
  const { spec, state } = service
  const { restart } = spec.rules
  return {
    service: report,
    wanted: state.wanted,
    exits: exitsOf(service, ledger),
    restart_limit: {
      restarts: restart.limit.restarts,
      within_s: restart.limit.withinMs / 1000,
      used: usedStarts(restart, state.history, nowMs),
    },
    next: nextInWords(service, report, nowMs),
    time_drills: spec.name === 'ntp' ? timeDrills : [],
  }
}

/** From the ledger; when that could not be written, what is remembered of the newest. */
function exitsOf(service: SupervisedService, ledger: Ledger): WhyReport['exits'] {
  const kept = ledger.exits(service.spec.name, SHOWN_EXITS)
  const { lastExit } = service
  if (lastExit === null || kept[0]?.at === lastExit.at) return kept
  return [{ ...lastExit, life: service.state.life, last_lines: [] }, ...kept]
}

function nextInWords({ state, spec }: SupervisedService, { schedule }: ServiceReport, nowMs: number): string {
  const waitSeconds = retrySeconds(state, nowMs)
  const at = schedule?.next_local ?? null
  const byClock = at === null ? '' : `, and by the clock at ${at}`
  switch (state.kind) {
    case 'stopped':
      if (state.cause === 'waiting')
        return at === null
          ? 'nothing: its schedule is never due again'
          : `it runs at ${at}, or now: lanward start ${spec.name}`
      return state.cause === 'new'
        ? `it starts when its turn comes, after ${spec.after.join(', ')}`
        : `nothing by itself; to start it: lanward start ${spec.name}`
    case 'starting':
      return `it must become ready within ${spec.rules.startTimeoutMs / 1000} s of its start`
    case 'ready':
      return at === null ? 'it goes on running' : `it runs to its end, and again at ${at}`
    case 'stopping':
      return state.wanted === 'up' ? 'it is started again as soon as it has ended' : 'it rests when it has ended'
    case 'backoff':
      return `it is started again in ${Math.ceil(waitSeconds ?? 0)} s${byClock}`
    case 'parked':
      return waitSeconds === null
        ? `${at === null ? 'nothing by itself' : `it runs again at ${at}`}; after the repair: lanward start ${spec.name}`
        : `it is tried again in ${Math.ceil(waitSeconds)} s at the latest${byClock}, or now: lanward start ${spec.name}`
  }
}
