import { askSupervisor, ControlFailure } from '../control/control-client.ts'
import type { StatusReport } from '../control/control-protocol.ts'
import type { SupervisorFacts } from './facts.ts'

const ANSWER_MS = 5_000

/** Asks the supervisor of a `run_dir` how it is. */
export async function seeSupervisor(runDir: string): Promise<SupervisorFacts> {
  try {
    const report = await askSupervisor(`${runDir}/control.sock`, 'status', {}, ANSWER_MS)
    // Our own program answered; another version of it has the same outline.
    return { kind: 'running', report: report as StatusReport }
  } catch (error) {
    if (!(error instanceof ControlFailure)) throw error
    const kind = error.kind === 'unreachable' ? 'absent' : error.kind === 'forbidden' ? 'forbidden' : 'mute'
    return { kind, message: error.message }
  }
}
