import { ControlFailure } from '../control/control-client.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { printable } from './printable.ts'
import { asStatusReport } from './reports.ts'
import { request, type SharedOptions } from './request.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'

/** `lanward reexec`: the supervisor becomes the program on disk; 0 only when that one answers. */
export async function runReexec(options: SharedOptions, terminal: Terminal): Promise<number> {
  const beganMs = performance.now()
  const before = await look(options, terminal)
  await hangUp(options, terminal)
  const closedMs = performance.now()
  // The socket itself was never closed: whoever connects now waits for the new program.
  const after = await look(options, terminal)
  const endMs = performance.now()
  if (after.pid !== before.pid || after.execs !== before.execs + 1)
    throw new CommandFailure(
      EXIT.bug,
      `the supervisor that answers (pid ${after.pid}) is not the one that was replaced`,
    )
  const report = {
    pid: after.pid,
    from: before.version,
    to: after.version,
    took_ms: Math.round(endMs - beganMs),
    silent_ms: Math.round(endMs - closedMs),
  }
  if (options.json === true) printJson(terminal, report)
  else
    printLine(
      terminal,
      `lanward ${printable(report.from)} is now ${printable(report.to)} (pid ${report.pid}, after ${report.took_ms} ms; silent for ${report.silent_ms} ms)`,
    )
  return EXIT.ok
}

async function look(
  options: SharedOptions,
  terminal: Terminal,
): Promise<{ readonly pid: number; readonly version: string; readonly execs: number }> {
  return asStatusReport(await request(options, terminal, 'status', {})).supervisor
}

/** Resolves when the program that we asked is gone; a refusal is thrown as it comes. */
async function hangUp(options: SharedOptions, terminal: Terminal): Promise<void> {
  try {
    await request(options, terminal, 'reexec', {})
  } catch (error) {
    if (!(error instanceof ControlFailure) || error.kind !== 'closed') throw error
  }
}
