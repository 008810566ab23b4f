import { setTimeout as pause } from 'node:timers/promises'
import type { LanwardConfig } from '../../config/config.ts'
import { programOf } from '../child/program-of.ts'
import { askSupervisor } from '../control/control-client.ts'
import type {
  ControlMethod,
  ControlRequest,
  ReloadReport,
  ServiceReport,
  StatusReport,
  WhyReport,
} from '../control/control-protocol.ts'
import { readSample } from '../hang/process-sample.ts'
import { currentSpecs } from '../spec/current-specs.ts'
import type { ServiceSpec } from '../spec/spec.ts'

/** The running system as a drill meets it: from outside, over the control socket and by signals. */
export interface Ground {
  readonly config: LanwardConfig
  readonly specs: readonly ServiceSpec[]
  /** Aborted when the user has had enough. */
  readonly stop: AbortSignal
  status(): Promise<StatusReport>
  service(name: string): Promise<ServiceReport>
  why(name: string): Promise<WhyReport>
  reload(): Promise<ReloadReport>
  /** Texts of the messages that drills have left in the log store, of one series. */
  readStored(series: number): Promise<readonly string[]>
  /** @throws Error with the code EPERM or ESRCH */
  signal(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
  /** Monotonic. */
  nowMs(): number
  /** How long a process so far would have run and another one ran instead; 0 where that is not told. */
  keptWaitingMs(pid: number): number
  /** @throws AbortError when the user has had enough */
  pause(ms: number): Promise<void>
}

const ANSWER_MS = 10_000

/** Opens the ground of a supervisor. */
export function openGround(config: LanwardConfig, stop: AbortSignal, readStored: Ground['readStored']): Ground {
  const ask = (method: ControlMethod, params: ControlRequest['params']): Promise<unknown> =>
    askSupervisor(`${config.runDir}/control.sock`, method, params, ANSWER_MS)
  // The supervisor is our own program: its answers have the form of the protocol.
  const status = async (params: ControlRequest['params']): Promise<StatusReport> =>
    (await ask('status', params)) as StatusReport
  return {
    config,
    specs: currentSpecs(config, programOf),
    stop,
    status: () => status({}),
    service: async (name) => {
      const [service] = (await status({ service: name })).services
      if (service === undefined) throw new Error(`there is no service ${name} any more`)
      return service
    },
    why: async (name) => (await ask('why', { service: name })) as WhyReport,
    reload: async () => (await ask('reload', {})) as ReloadReport,
    readStored,
    signal: (pid, signal) => void process.kill(pid, signal),
    nowMs: () => performance.now(),
    keptWaitingMs: (pid) => readSample(pid, 0)?.waitedMs ?? 0,
    pause: (ms) => pause(ms, undefined, { signal: stop }),
  }
}

/**
 * Looks at a service until what is seen satisfies.
 *
 * @returns the report, or null when that did not come in time
 */
export async function watchService(
  ground: Ground,
  name: string,
  withinMs: number,
  holds: (service: ServiceReport) => boolean,
): Promise<ServiceReport | null> {
  const endMs = ground.nowMs() + withinMs
  for (;;) {
    const service = await ground.service(name)
    if (holds(service)) return service
    if (ground.nowMs() > endMs) return null
    await ground.pause(LOOK_EVERY_MS)
  }
}

const LOOK_EVERY_MS = 10

/** The same, and does something again and again meanwhile. */
export async function watchWhile(
  ground: Ground,
  watch: { readonly name: string; readonly withinMs: number; readonly holds: (service: ServiceReport) => boolean },
  work: { readonly everyMs: number; readonly turn: () => void },
): Promise<ServiceReport | null> {
  let over = false
  const watching = watchService(ground, watch.name, watch.withinMs, watch.holds).finally(() => {
    over = true
  })
  const working = async (): Promise<void> => {
    while (!over) {
      work.turn()
      await ground.pause(work.everyMs)
    }
  }
  const [service] = await Promise.all([watching, working()])
  return service
}
