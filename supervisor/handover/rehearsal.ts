import { spawn } from 'node:child_process'
import { ControlError } from '../control/control-error.ts'
import type { Successor } from './successor.ts'

/** What a program prints that was asked whether it could take over: one JSON object on one line. */
export interface RehearsalReport {
  readonly version: string
}

const PATIENCE_MS = 20_000
const MAX_OUTPUT_CHARACTERS = 64 * 1024
const EXIT_CONFIG = 78

/**
 * Runs the program on disk up to the point where it would take over: it must start, find its configuration in order and
 * understand what we would leave to it. Nothing is handed over yet.
 *
 * @param document the hand-over as it would be now
 * @param pids holds the pid of the program while it runs: its end is Node's to take
 * @param patienceMs how long it may take before it is killed
 * @returns what it said of itself
 * @throws ControlError in words: 78 when the configuration is wrong, 75 for all else
 */
export async function rehearse(
  { file, words }: Successor,
  document: string,
  pids: Set<number>,
  patienceMs = PATIENCE_MS,
): Promise<RehearsalReport> {
  const child = spawn(file, [...words, '--rehearse'], { timeout: patienceMs, killSignal: 'SIGKILL' })
  const { pid } = child
  if (pid !== undefined) pids.add(pid)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < MAX_OUTPUT_CHARACTERS) stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MAX_OUTPUT_CHARACTERS) stderr += text
  })
  // It may end before it has read everything: its exit code says why.
  child.stdin.on('error', () => undefined)
  child.stdin.end(document)
  const fate = await new Promise<string | number>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? `it was ended by ${signal}`))
  })
  if (pid !== undefined) pids.delete(pid)
  const report = fate === 0 ? readReport(stdout) : null
  if (report !== null) return report
  if (fate === EXIT_CONFIG) throw new ControlError(EXIT_CONFIG, withoutName(stderr))
  const why = fate === 0 ? 'it did not say its version' : typeof fate === 'number' ? `exit code ${fate}` : fate
  throw new ControlError(
    75,
    [`${[file, ...words].join(' ')} cannot take over, nothing was changed: ${why}`, withoutName(stderr)]
      .filter(Boolean)
      .join('\n'),
  )
}

function readReport(stdout: string): RehearsalReport | null {
  try {
    const value: unknown = JSON.parse(stdout)
    return typeof value === 'object' && value !== null && 'version' in value ? { version: String(value.version) } : null
  } catch {
    return null
  }
}

/** What a program wrote for people, its last lines, without the name that the command puts before each line itself. */
function withoutName(stderr: string): string {
  return stderr
    .trimEnd()
    .split('\n')
    .slice(-20)
    .map((line) => line.replace(/^lanward: /, ''))
    .join('\n')
}
