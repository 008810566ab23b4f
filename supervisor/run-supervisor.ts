import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { LanwardConfig } from '../config/config.ts'
import type { LoadedConfig } from '../config/load-config.ts'
import { readBootId } from '../daemons/linux/boot-id.ts'
import { landlockVersion } from '../daemons/linux/landlock.ts'
import { heldLock } from '../daemons/linux/lock-file.ts'
import { keepDescriptorsToOurselves } from '../daemons/linux/own-descriptors.ts'
import { systemClock } from '../daemons/runtime/system-clock.ts'
import { CgroupTree } from './cgroup/cgroup-tree.ts'
import { findLaunchTools, limitsOfTools } from './child/launch-tools.ts'
import { type ProgramOf, programOf } from './child/program-of.ts'
import { ControlError } from './control/control-error.ts'
import { ControlMethods } from './control/control-methods.ts'
import type { ReloadReport } from './control/control-protocol.ts'
import { ControlServer } from './control/control-server.ts'
import { StatusReporter } from './control/status-report.ts'
import { readMemoryKills } from './control/usage.ts'
import { errorWords } from './error-words.ts'
import { Fleet } from './fleet/fleet.ts'
import { type Reloaded, refuseMove, reloadConfiguration } from './fleet/reload-configuration.ts'
import { serially } from './fleet/serially.ts'
import { decodeHandover, type Handover } from './handover/handover.ts'
import { replaceSupervisor } from './handover/replace-supervisor.ts'
import { findSuccessor } from './handover/successor.ts'
import { resumedFleet, takeHandover } from './handover/take-handover.ts'
import { OwnNotify } from './host/own-notify.ts'
import { takeRunLock } from './host/run-lock.ts'
import { StallWatch } from './host/stall-watch.ts'
import { stopEverything } from './host/stop-everything.ts'
import { awaitStop } from './host/stop-signals.ts'
import { tellStarted } from './host/tell-started.ts'
import { tidyRunDir } from './host/tidy-run-dir.ts'
import { TimeDrillWatch } from './host/time-drills.ts'
import { OrphanWatch, together } from './leftovers/orphan-watch.ts'
import { probeService } from './probes/probe-service.ts'
import { Ledger } from './record/ledger.ts'
import { recordLostLives } from './record/lost-lives.ts'
import { openOwnLog } from './record/own-log.ts'
import { Presence } from './record/presence.ts'
import { storeLinesWith } from './record/store-lines.ts'
import { StoreQueue } from './record/store-queue.ts'
import { cronCalendar } from './schedule/cron-calendar.ts'
import { NO_GAPS } from './service/gap-record.ts'
import { HealthWatch } from './service/health-watch.ts'
import { AbsenceWatch } from './sockets/absence-watch.ts'
import { HeldSockets } from './sockets/held-sockets.ts'
import { Spare } from './spare/spare.ts'
import { spareRecipeOf } from './spare/spare-launch.ts'
import { currentSpecs } from './spec/current-specs.ts'
import type { Surroundings } from './surroundings.ts'
import type { UserChoice } from './user/user-choice.ts'
import { chooseUsersOf } from './user/users-of-config.ts'

const NO_LANDLOCK =
  'this kernel offers no Landlock: our daemons run as one user, and could read and write the files of each other'

export interface SupervisorOptions {
  readonly config: LanwardConfig
  readonly reloadConfig: () => LoadedConfig
  readonly version: string
  /** The commands of our daemons; from our own place unless a test brings its own. */
  readonly programOf?: ProgramOf
  /** Our own, from which the hand-over of a program that we replace is taken. */
  readonly environment?: Record<string, string | undefined>
}

/**
 * Runs all services of the configuration until SIGTERM or SIGINT, then stops them in reverse order; or goes on with
 * those of a program that it replaces.
 *
 * @returns the exit code: 0 after an orderly end; 75 when another supervisor runs here, 77 without the rights,
 * 78 when the configuration names a user that does not exist
 */
export async function runSupervisor(options: SupervisorOptions): Promise<number> {
  const { config, environment = process.env } = options
  const handover = takeHandover(environment)
  const lock = handover === null ? takeRunLock(config.runDir, config.stateDir, process.pid) : heldLock(handover.lockFd)
  if (lock.kind === 'refused') return refuse(lock.exitCode, lock.message)
  try {
    const users = chooseUsersOf(config, currentSpecs(config, options.programOf ?? programOf))
    return await supervise({ programOf, ...options, environment }, users, lock.fd, handover)
  } catch (error) {
    if (error instanceof ControlError) return refuse(error.exitCode, error.message)
    throw error
  } finally {
    lock.release()
  }
}

/**
 * Whether this program could go on with what a running supervisor would leave to it; touches nothing.
 *
 * @param document the hand-over, as another version may have written it
 * @throws ControlError in words when it could not
 */
export function rehearseTakeover(config: LanwardConfig, document: string): void {
  const handover = decodeHandover(document)
  if (typeof handover === 'string')
    throw new ControlError(75, `cannot read what the running program would leave: ${handover}`)
  refuseMove(handover, config)
  chooseUsersOf(config, currentSpecs(config, programOf))
}

async function supervise(
  options: Required<SupervisorOptions>,
  users: UserChoice,
  lockFd: number,
  handover: Handover | null,
): Promise<number> {
  const { config, environment, version } = options
  const specs = currentSpecs(config, options.programOf)
  process.umask(0o022)
  keepDescriptorsToOurselves()
  if (handover === null) tidyRunDir(config.runDir)
  const startedMs = handover?.startedMs ?? systemClock.monotonicMs()
  const execs = handover?.execs ?? 0
  let fileHash = handover?.fileHash ?? config.fileHash
  const lines = new StoreQueue(systemClock)
  const log = openOwnLog(config.logLevel, {
    stdout: process.stdout,
    stderr: process.stderr,
    store: (line) => lines.add('lanward', line),
  })
  process.stdout.on('error', () => undefined)
  const sockets = new HeldSockets()
  const ledger = new Ledger(join(config.stateDir, 'ledger.sqlite'), log)
  const self = { pid: process.pid, bootId: readBootId(), clock: systemClock }
  const presence = new Presence(ledger, config.runDir, self)
  const left = handover === null ? presence.left() : null
  const gapsOf = left === null ? () => NO_GAPS : recordLostLives(left, { ...self, ledger, log })
  presence.begin()
  const tools = findLaunchTools()
  const token = handover?.token ?? randomBytes(16).toString('hex')
  const stalls = new StallWatch(systemClock.monotonicMs)
  const groups = CgroupTree.take(process.pid)
  const spare = new Spare({
    ...{ clock: systemClock, log, environment, stateDir: config.stateDir, groups, tools },
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
    gapsOf,
    probe: (spec, signal) => probeService(spec, sockets.of(spec.name), token, signal),
    calendarOf: cronCalendar,
    stalledMs: (sinceMs) => stalls.stalledMs(sinceMs),
    chance: Math.random,
    memoryKills: readMemoryKills,
  }
  let methods: ControlMethods | null = null
  const fleet: Fleet = new Fleet(surroundings, {
    changed: (service) => {
      presence.changed(service)
      if (service.spec.name === 'syslog') lines.connect(service.state.kind === 'ready' ? storeLinesWith(service) : null)
      spare.settle(fleet.calm)
    },
    ended: (_service, gone) => orphans.sweep(gone),
    asked: (_service, method, params) =>
      methods === null ? Promise.reject(new Error('not ready')) : methods.answerDaemon(method, params),
  })
  const ownPids = new Set<number>()
  const orphans = new OrphanWatch(
    [spare.descendants(), { known: () => ownPids, isOver: () => true }].reduce(together, fleet.descendants()),
  )
  const absences = new AbsenceWatch(fleet, sockets, log)
  const drills = new TimeDrillWatch(config.runDir, log)
  const reporter = new StatusReporter(fleet, {
    version,
    execs,
    configFile: config.file,
    configHash: () => fileHash,
    startedMs,
    nowMs: systemClock.monotonicMs,
    sockets,
    spare,
    timeDrills: () => drills.look(),
    killScope: groups === null ? 'session' : 'cgroup',
    troubles: () => (ledger.limit === null ? [] : [ledger.limit]),
    limits: () => [
      ...users.limits,
      ...sockets.limits(),
      ...orphans.limits,
      ...(landlockVersion() === 0 ? [NO_LANDLOCK] : []),
      ...(spare.limit === null ? [] : [spare.limit]),
      ...(fleet.services.some(({ spec }) => !spec.own) ? limitsOfTools(tools) : []),
    ],
  })
  const healths = new HealthWatch(fleet, reporter, log)
  const notify = new OwnNotify(environment)
  let inForce: Pick<Reloaded, 'config' | 'specs'> = { config, specs }
  const wantSpare = (): void =>
    spare.want(inForce.config.supervisor.spare ? spareRecipeOf(inForce.specs, options.programOf('spare')) : null)
  const inTurn = serially()
  const reload = (): Promise<ReloadReport> =>
    inTurn(async () => {
      const reloaded = await reloadConfiguration(options, fleet, log)
      fileHash = reloaded.config.fileHash
      inForce = reloaded
      wantSpare()
      return reloaded.report
    })
  const reexec = (): Promise<never> =>
    inTurn(() =>
      replaceSupervisor({
        successor: findSuccessor(process),
        lines,
        notify,
        pids: ownPids,
        isStopping: () => stop.wasAsked,
        dismiss: () => spare.close().then(() => wantSpare),
        record: () => ({
          version,
          execs: execs + 1,
          startedMs,
          token,
          fileHash,
          runDir: config.runDir,
          stateDir: config.stateDir,
          lockFd,
          controlFd: control.fd,
          sockets: sockets.record(),
          fleet: fleet.record(),
          lines: lines.record(),
        }),
      }),
    )
  const answers = new ControlMethods({
    fleet,
    reporter,
    ledger,
    nowMs: systemClock.monotonicMs,
    reload,
    reexec,
    orphans,
  })
  methods = answers
  const reloadOnHangup = (): void => {
    reload().catch((error: unknown) => log.error({ reason: errorWords(error) }, 'cannot reload'))
  }
  const stop = awaitStop(reloadOnHangup)
  for (const limit of users.limits) log.warn(limit)
  if (handover === null) {
    log.info({ config: config.file }, 'lanward starts')
    fleet.startAll(specs)
  } else {
    sockets.adopt(handover.sockets)
    lines.adopt(handover.lines)
    log.info({ config: config.file, from: handover.version, to: version }, 'lanward goes on as another program')
    fleet.resume(resumedFleet(handover, { fileHash: config.fileHash, specs }))
    reloadOnHangup()
    orphans.sweep()
  }
  wantSpare()
  // Only now may anybody ask: without a service a report would say that all is well.
  const control = await ControlServer.open(
    join(config.runDir, 'control.sock'),
    (method, params) => answers.answer(method, params),
    handover?.controlFd,
  ).catch((error: unknown) => {
    fleet.killAll()
    throw error
  })
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
  drills.close()
  stalls.close()
  sockets.close()
  presence.close()
  ledger.close()
  notify.close()
  stop.close()
  tidyRunDir(config.runDir)
  return 0
}

/** Says why we do not run; there is no logger yet. */
function refuse(exitCode: number, message: string): number {
  process.stderr.write(`lanward: ${message}\n`)
  return exitCode
}
