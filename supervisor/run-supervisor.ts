import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { LanwardConfig } from '../config/config.ts'
import { formatProblem } from '../config/config-problem.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { systemClock } from '../daemons/runtime/system-clock.ts'
import { AbsenceWatch } from './absence-watch.ts'
import { CgroupTree } from './cgroup/cgroup-tree.ts'
import { ControlError } from './control-error.ts'
import { ControlMethods } from './control-methods.ts'
import type { ReloadReport } from './control-protocol.ts'
import { ControlServer } from './control-server.ts'
import { cronCalendar } from './cron-calendar.ts'
import { errorWords } from './error-words.ts'
import { Fleet } from './fleet.ts'
import { HealthWatch } from './health-watch.ts'
import { HeldSockets } from './held-sockets.ts'
import { findLaunchTools, limitsOfTools } from './launch-tools.ts'
import { Ledger } from './ledger.ts'
import { OrphanWatch, together } from './orphan-watch.ts'
import { openOwnLog } from './own-log.ts'
import { OwnNotify } from './own-notify.ts'
import { probeService } from './probe-service.ts'
import { programOf } from './program-of.ts'
import { takeRunLock } from './run-lock.ts'
import { Spare } from './spare/spare.ts'
import { spareRecipeOf } from './spare/spare-launch.ts'
import type { ServiceSpec } from './spec.ts'
import { type ProgramOf, specsOf } from './spec-of.ts'
import { StallWatch } from './stall-watch.ts'
import { StatusReporter } from './status-report.ts'
import { awaitStop, type StopSignals } from './stop-signals.ts'
import { storeLinesWith } from './store-lines.ts'
import { StoreQueue } from './store-queue.ts'
import type { Surroundings } from './surroundings.ts'
import { tidyRunDir } from './tidy-run-dir.ts'
import { readMemoryKills } from './usage.ts'
import { chooseUsers, type UserChoice } from './user-choice.ts'

export interface SupervisorOptions {
  readonly config: LanwardConfig
  readonly reloadConfig: () => LoadedConfig
  readonly version: string
  /** The commands of our daemons; from our own place unless a test brings its own. */
  readonly programOf?: ProgramOf
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Runs all services of the configuration until SIGTERM or SIGINT, then stops them in reverse order.
 *
 * @returns the exit code: 0 after an orderly end; 75 when another supervisor runs here, 77 without the rights,
 * 78 when the configuration names a user that does not exist
 */
export async function runSupervisor(options: SupervisorOptions): Promise<number> {
  const { config, environment = process.env } = options
  const lock = takeRunLock(config.runDir, config.stateDir, process.pid)
  if (lock.kind === 'refused') return refuse(lock.exitCode, lock.message)
  try {
    const users = choose(config)
    for (const spec of specsOf(config, options.programOf ?? programOf)) users.userOf(spec.user)
    return await supervise(options, environment, users)
  } catch (error) {
    if (error instanceof ControlError) return refuse(error.exitCode, error.message)
    throw error
  } finally {
    lock.release()
  }
}

async function supervise(
  options: SupervisorOptions,
  environment: Readonly<Record<string, string | undefined>>,
  users: UserChoice,
): Promise<number> {
  const { config } = options
  process.umask(0o022)
  tidyRunDir(config.runDir)
  const startedMs = systemClock.monotonicMs()
  const lines = new StoreQueue(systemClock)
  const log = openOwnLog(config.logLevel, {
    stdout: process.stdout,
    stderr: process.stderr,
    store: (line) => lines.add('lanward', line),
  })
  process.stdout.on('error', () => undefined)
  const sockets = new HeldSockets()
  const ledger = new Ledger(join(config.stateDir, 'ledger.sqlite'), log)
  const tools = findLaunchTools()
  const token = randomBytes(16).toString('hex')
  const stalls = new StallWatch(systemClock.monotonicMs)
  const groups = CgroupTree.take(process.pid)
  const spare = new Spare({
    ...{ clock: systemClock, log, environment, stateDir: config.stateDir, groups },
    userOf: (name) => users.userOf(name),
  })
  const surroundings: Surroundings = {
    clock: systemClock,
    log,
    sockets,
    ledger,
    lines,
    runDir: config.runDir,
    stateDir: config.stateDir,
    token,
    environment,
    tools,
    groups,
    spare,
    userOf: ({ user }) => users.userOf(user),
    probe: (spec, signal) => probeService(spec, sockets.of(spec.name), token, signal),
    calendarOf: cronCalendar,
    stalledMs: (sinceMs) => stalls.stalledMs(sinceMs),
    chance: Math.random,
    memoryKills: readMemoryKills,
  }
  let methods: ControlMethods | null = null
  const fleet: Fleet = new Fleet(surroundings, {
    changed: (service) => {
      if (service.spec.name === 'syslog') lines.connect(service.state.kind === 'ready' ? storeLinesWith(service) : null)
      spare.settle(fleet.calm)
    },
    ended: (_service, gone) => orphans.sweep(gone),
    asked: (_service, method, params) =>
      methods === null ? Promise.reject(new Error('not ready')) : methods.answerDaemon(method, params),
  })
  const orphans = new OrphanWatch(together(fleet.descendants(), spare.descendants()))
  const absences = new AbsenceWatch(fleet, sockets, log)
  let { fileHash } = config
  const reporter = new StatusReporter(fleet, {
    version: options.version,
    configFile: config.file,
    configHash: () => fileHash,
    startedMs,
    nowMs: systemClock.monotonicMs,
    sockets,
    spare,
    killScope: groups === null ? 'session' : 'cgroup',
    troubles: () => (ledger.limit === null ? [] : [ledger.limit]),
    limits: () => [
      ...users.limits,
      ...sockets.limits(),
      ...orphans.limits,
      ...(spare.limit === null ? [] : [spare.limit]),
      ...(fleet.services.some(({ spec }) => !spec.own) ? limitsOfTools(tools) : []),
    ],
  })
  const healths = new HealthWatch(fleet, reporter, log)
  const reload = serially(async () => {
    const { report, taken } = await reloadFrom(options, fleet, spare, log)
    fileHash = taken.fileHash
    return report
  })
  methods = new ControlMethods({ fleet, reporter, ledger, nowMs: systemClock.monotonicMs, reload, orphans })
  const answers = methods
  for (const limit of users.limits) log.warn(limit)
  log.info({ config: config.file }, 'lanward starts')
  const specs = specsOf(config, options.programOf ?? programOf)
  // Before anybody can ask: without a service a report would say that all is well.
  fleet.startAll(specs)
  const control = await ControlServer.open(join(config.runDir, 'control.sock'), (method, params) =>
    answers.answer(method, params),
  )
  const notify = new OwnNotify(environment)
  const stop = awaitStop(() => {
    reload().catch((error: unknown) => log.error({ reason: errorWords(error) }, 'cannot reload'))
  })
  wantSpare(spare, options, config, specs)
  void fleet.allTried().then(() => tellStarted(fleet, notify, log))
  await stop.asked
  await Promise.all([spare.close(), stopEverything(fleet, stop, notify, log)])
  await lines.flush()
  await control.close()
  await orphans.swept()
  await groups?.close()
  orphans.close()
  absences.close()
  healths.close()
  stalls.close()
  sockets.close()
  ledger.close()
  notify.close()
  stop.close()
  tidyRunDir(config.runDir)
  return 0
}

function choose(config: LanwardConfig): UserChoice {
  const foreign = config.foreign.filter(({ enabled }) => enabled).map(({ user }) => user)
  const wanted = [config.supervisor.user, ...foreign].filter((name) => name !== null && name !== 'self')
  const choice = chooseUsers(process.getuid?.() ?? 0, userInfo().username, wanted as string[])
  return {
    limits: choice.limits,
    userOf: (name) => {
      try {
        return choice.userOf(name)
      } catch (error) {
        throw new ControlError(78, errorWords(error))
      }
    },
  }
}

/** Says why we do not run; there is no logger yet. */
function refuse(exitCode: number, message: string): number {
  process.stderr.write(`lanward: ${message}\n`)
  return exitCode
}

function tellStarted(fleet: Fleet, notify: OwnNotify, log: Logger): void {
  const waiting = fleet.services.filter(({ state }) => state.kind === 'stopped' && state.cause === 'waiting').length
  const ready = fleet.services.filter(({ state }) => state.kind === 'ready').length
  const rest = waiting === 0 ? '' : `, ${waiting === 1 ? '1 waits for its' : `${waiting} wait for their`} time`
  const text = `${ready} of ${fleet.services.length - waiting} services are ready${rest}`
  log.info(text)
  notify.tell(`READY=1\nSTATUS=${text}`)
}

async function stopEverything(fleet: Fleet, stop: StopSignals, notify: OwnNotify, log: Logger): Promise<void> {
  log.info('stops all services')
  notify.tell('STOPPING=1')
  const stopped = fleet.stopAll()
  void stop.again.then(() => fleet.killAll())
  await stopped
  log.info('all services are stopped')
}

async function reloadFrom(
  options: SupervisorOptions,
  fleet: Fleet,
  spare: Spare,
  log: Logger,
): Promise<{ readonly report: ReloadReport; readonly taken: LanwardConfig }> {
  const loaded = options.reloadConfig()
  if (loaded.kind === 'wrong') throw new ControlError(78, loaded.problems.map(formatProblem).join('\n'))
  const { config } = loaded
  const moved = (['stateDir', 'runDir'] as const).find((key) => config[key] !== options.config[key])
  if (moved !== undefined)
    throw new ControlError(78, `${moved === 'stateDir' ? 'state_dir' : 'run_dir'} cannot change while lanward runs`)
  const specs = specsOf(config, options.programOf ?? programOf)
  const users = choose(config)
  for (const spec of specs) users.userOf(spec.user)
  try {
    const report = await fleet.reload(specs)
    wantSpare(spare, options, config, specs)
    log.level = config.logLevel
    log.info({ changes: report.changes.filter(({ change }) => change !== 'unchanged') }, 'reloaded')
    return { report, taken: config }
  } catch (error) {
    throw new ControlError(75, `nothing was changed: ${errorWords(error)}`)
  }
}

function wantSpare(
  spare: Spare,
  { programOf: find = programOf }: SupervisorOptions,
  { supervisor }: LanwardConfig,
  specs: readonly ServiceSpec[],
): void {
  spare.want(supervisor.spare ? spareRecipeOf(specs, find('spare')) : null)
}

/** Runs one at a time, in the order asked for. */
function serially<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}
