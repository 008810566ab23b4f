import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'

/** A drill of time that runs at this moment: a wrong time is served on purpose, by nobody that we started. */
export interface TimeDrill {
  readonly pid: number
  readonly listen: string
  /** What is wrong with its time, in words. */
  readonly fault: string
}

/** One for each drill, so that the end of one leaves the label of another. */
const LABEL = /^time-drill\.\d+\.json$/

const LOOK_EVERY_MS = 5_000

/**
 * Labels a drill of this process, for all who look at the real time.
 *
 * @returns takes the label away again
 * @throws Error when nothing can be written there
 */
export function labelTimeDrill(runDir: string, { listen, fault }: Omit<TimeDrill, 'pid'>): () => void {
  const { pid } = process
  const path = join(runDir, `time-drill.${pid}.json`)
  writeFileSync(path, `${JSON.stringify({ pid, began: beginOf(pid), listen, fault })}\n`)
  return () => rmSync(path, { force: true })
}

/** The drills that run now, by their labels; one that was killed left its own behind. */
export function readTimeDrills(runDir: string): readonly TimeDrill[] {
  try {
    const labels = readdirSync(runDir).filter((name) => LABEL.test(name))
    return labels.map((name) => readLabel(join(runDir, name))).filter((drill) => drill !== null)
  } catch {
    return [] // No box has run here.
  }
}

/** A drill as every view tells of it. */
export function timeDrillWords({ pid, listen, fault }: TimeDrill): string {
  return `${listen} serves a wrong time on purpose (pid ${pid}): ${fault}`
}

/** Writes a line when a drill begins or ends: it looks whenever somebody asks which there are, and every five seconds. */
export class TimeDrillWatch {
  readonly #runDir: string
  readonly #log: Logger
  readonly #timer: NodeJS.Timeout
  #known = new Map<number, TimeDrill>()

  constructor(runDir: string, log: Logger) {
    this.#runDir = runDir
    this.#log = log
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.look()
  }

  look(): readonly TimeDrill[] {
    const drills = readTimeDrills(this.#runDir)
    const now = new Map(drills.map((drill) => [drill.pid, drill]))
    for (const [pid, drill] of now) if (!this.#known.has(pid)) this.#log.warn(drill, 'a drill of time has begun')
    for (const [pid, drill] of this.#known) if (!now.has(pid)) this.#log.warn(drill, 'the drill of time has ended')
    this.#known = now
    return drills
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

function readLabel(path: string): TimeDrill | null {
  try {
    const { pid, began, listen, fault }: Record<string, unknown> = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof pid !== 'number' || typeof listen !== 'string' || typeof fault !== 'string') return null
    return beginOf(pid) === began ? { pid, listen, fault } : null
  } catch {
    return null // It is gone, or whoever wrote it is gone.
  }
}

/** When a process began, in the kernel's own units: a number that is used again belongs to another one. @throws Error when it is gone */
function beginOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME]
}

/** proc(5), field 22 of `stat`, counted from the one behind the name. */
const START_TIME = 19
