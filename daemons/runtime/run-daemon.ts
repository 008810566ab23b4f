import { mkdirSync, readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { dirname } from 'node:path'
import { type Logger, pino } from 'pino'
import { forbidNewPrivileges, setParentDeathSignal, setResourceLimit } from '../linux/process-control.ts'
import { readAcceptQueue } from '../linux/socket-memory.ts'
import { type DaemonContext, type HeldSocket, type RunningDaemon, type StartDaemon, StartRefused } from './contract.ts'
import { openOwnSockets, takeHeldSockets } from './held-sockets.ts'
import { openIpc } from './ipc.ts'
import { collectWhileMarking } from './lean-memory.ts'
import { confineToOwnFiles } from './own-files.ts'
import { Supervision } from './supervision.ts'
import { systemClock } from './system-clock.ts'
import { findWaitingRoom } from './waiting-room.ts'

/** Exit codes of every daemon: sysexits.h; 64 and 78 mean 'do not restart me'. */
export const EXIT = { done: 0, usage: 64, bug: 70, temporary: 75, config: 78 } as const

const SIGTERM = 15
/** A drain that hangs must not keep the process: the supervisor's own patience is longer. */
const DRAIN_LIMIT_MS = 3000
/** By then the first answers are out, and what they needed is compiled. */
const KEEP_CODE_AFTER_MS = 400

/**
 * Runs one daemon from start to exit by the contract of INTERFACE section 9: sockets and settings from the
 * environment, READY when it serves, SIGHUP reloads, SIGTERM (or the supervisor's death) drains and exits 0.
 * In a spare it waits until it is chosen.
 *
 * @param name the service's name, also that of its section in the configuration
 * @param start opens everything and serves; a throw is a start that failed (exit 75; 78 for `StartRefused`)
 * @param reads folders that a daemon with this section is there to read, wherever they are
 */
export async function runDaemon<Section extends { readonly listen: readonly string[] }>(
  name: string,
  start: StartDaemon<Section>,
  reads: (section: Section) => readonly string[] = () => [],
): Promise<void> {
  collectWhileMarking()
  const log = pino({ name }, pino.destination({ fd: 1, sync: true }))
  const room = findWaitingRoom()
  const program = { name, start, reads, log }
  if (room === null) await serve(program, null)
  else room.enter((fds) => serve(program, fds))
}

interface Program<Section> {
  readonly name: string
  readonly start: StartDaemon<Section>
  readonly reads: (section: Section) => readonly string[]
  readonly log: Logger
}

/** @param fds the held sockets in the order of LISTEN_FDNAMES; null = where sd_listen_fds(3) has them */
async function serve<Section extends { readonly listen: readonly string[] }>(
  program: Program<Section>,
  fds: readonly number[] | null,
): Promise<void> {
  const { name, start, log } = program
  process.title = `lanward: ${name}`
  log.level = process.env['LANWARD_LOG_LEVEL'] ?? 'info'
  process.on('uncaughtException', (error) => leave(log, EXIT.bug, error))
  process.on('unhandledRejection', (error) => leave(log, EXIT.bug, error))
  if (process.send !== undefined) setParentDeathSignal(SIGTERM)
  forbidNewPrivileges()
  // What a daemon writes is for its user and those of its group; a core of it would hold what others sent.
  process.umask(0o027)
  setResourceLimit('core', 0, 0)

  const supervision = new Supervision(process.env)
  let running: RunningDaemon<Section> | null = null
  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    supervision.stopping()
    setTimeout(() => leave(log, EXIT.temporary, new Error('cannot drain in time')), DRAIN_LIMIT_MS).unref()
    await running?.drain()
    process.exit(EXIT.done)
  }
  process.on('SIGTERM', () => void stop())
  process.on('SIGINT', () => void stop())

  const reload = async (daemon: RunningDaemon<Section>): Promise<void> => {
    supervision.reloading()
    await takeOver(daemon, program, files.mayRead).finally(() => supervision.reloaded(daemon.status()))
  }
  const ipc = openIpc(
    process,
    async (question, params) => {
      if (running === null) throw new Error('not ready yet')
      if (question === 'reload') return reload(running).then(() => true)
      if (question !== 'counters') return running.answer(question, params)
      const { waited: datagrams = 0, dropped_before = null, ...counters } = running.counters()
      const waited = datagrams + connections
      const told = { status: running.status(), faults: running.faults?.() ?? [], account: running.account?.() ?? null }
      return { ...told, counters, details: running.details?.() ?? {}, waited, dropped_before }
    },
    () => void stop(),
  )
  const section = readSection<Section>(log)
  const sockets = heldSockets(log, section, fds)
  const connections = waitingConnections(sockets)
  const stateDir = stateFolder(log, name)
  // What a spare has loaded of the other daemons never ran: it is not to be kept in place of theirs.
  const keepsCode = fds === null
  const files = confine(log, stateDir, program.reads(section), keepsCode)
  const context: DaemonContext<Section> = {
    name,
    section,
    stateDir,
    sockets,
    log,
    probeToken: process.env['LANWARD_PROBE_TOKEN'] ?? null,
    clock: systemClock,
    giveUp: (error) => leave(log, EXIT.bug, error),
    askSupervisor: ipc.ask,
  }
  try {
    running = await start(context)
  } catch (error) {
    leave(log, error instanceof StartRefused ? EXIT.config : EXIT.temporary, error)
  }
  const daemon = running
  // Who signals hears no answer; the log has it.
  process.on('SIGHUP', () => void reload(daemon).catch(() => undefined))
  supervision.ready(() => daemon.status())
  // Node keeps compiled code at an orderly exit; a daemon that only ever dies by SIGKILL would compile anew each time.
  if (!keepsCode) return
  setTimeout(() => {
    flushCompileCache()
    files.keepNoCode()
  }, KEEP_CODE_AFTER_MS).unref()
}

/** Leaves us our own files alone, where this kernel can. */
function confine(
  log: Logger,
  stateDir: string,
  reads: readonly string[],
  keepsCode: boolean,
): {
  mayRead(path: string): boolean
  /** Until then we may write compiled code: all daemons of our user run what is kept there. */
  keepNoCode(): void
} {
  const { LANWARD_SECTION, NODE_COMPILE_CACHE } = process.env
  const code = NODE_COMPILE_CACHE === undefined ? [] : [NODE_COMPILE_CACHE]
  const section = LANWARD_SECTION === undefined ? [] : [dirname(LANWARD_SECTION)]
  const readable = [...reads, ...section, ...code]
  const attempt = <T>(work: () => T): T | null => {
    try {
      return work()
    } catch (error) {
      log.warn({ reason: errorWords(error) }, 'other files are not closed to us')
      return null
    }
  }
  const files = attempt(() => confineToOwnFiles(stateDir, { readable, writable: keepsCode ? code : [] }))
  return {
    mayRead: (path) => files?.mayRead(path) ?? true,
    keepNoCode: () => void attempt(() => files?.keepOnly({ readable, writable: [] })),
  }
}

/** Takes over the section as it stands now; throws when only a restart can, with the old settings in force. */
async function takeOver<Section>(
  daemon: RunningDaemon<Section>,
  { reads, log }: Program<Section>,
  mayRead: (path: string) => boolean,
): Promise<void> {
  try {
    const section = parseSection<Section>()
    const closed = reads(section).find((path) => !mayRead(path))
    if (closed !== undefined) throw new Error(`only a restart can open ${closed} to it`)
    await daemon.reload(section)
    log.level = levelOf(section)
    log.info('reloaded')
  } catch (error) {
    log.warn({ reason: errorWords(error) }, 'cannot reload: the old settings stay')
    throw error
  }
}

/** The checked section as JSON, in the file that LANWARD_SECTION names. */
function readSection<Section>(log: Logger): Section {
  if (process.env['LANWARD_SECTION'] === undefined)
    return leave(log, EXIT.usage, new Error('LANWARD_SECTION is not set: it names the JSON file with our settings'))
  try {
    const section = parseSection<Section>()
    log.level = levelOf(section)
    return section
  } catch (error) {
    return leave(log, EXIT.config, error)
  }
}

function parseSection<Section>(): Section {
  const file = process.env['LANWARD_SECTION'] ?? ''
  const section: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const isSection = typeof section === 'object' && section !== null && 'listen' in section
  if (!isSection || !Array.isArray(section.listen)) throw new Error(`${file} is no section of ours: it has no "listen"`)
  return section as Section
}

function levelOf(section: unknown): string {
  const level = typeof section === 'object' && section !== null && 'logLevel' in section ? section.logLevel : null
  return typeof level === 'string' ? level : (process.env['LANWARD_LOG_LEVEL'] ?? 'info')
}

function heldSockets(
  log: Logger,
  section: { readonly listen: readonly string[]; readonly instances?: number },
  fds: readonly number[] | null,
): DaemonContext<never>['sockets'] {
  let passed: ReturnType<typeof takeHeldSockets>
  try {
    passed = takeHeldSockets(process.env, process.pid, fds)
  } catch (error) {
    return leave(log, EXIT.usage, error)
  }
  try {
    return passed ?? openOwnSockets(section.listen, section.instances)
  } catch (error) {
    return leave(log, EXIT.temporary, error)
  }
}

/** Connections that nobody has accepted yet. */
function waitingConnections(sockets: readonly HeldSocket[]): number {
  return sockets
    .filter(({ url }) => url.scheme === 'tcp' || url.scheme === 'tls')
    .reduce((total, { fd }) => total + readAcceptQueue(fd), 0)
}

function stateFolder(log: Logger, name: string): string {
  const folder = process.env['STATE_DIRECTORY'] ?? `/var/lib/lanward/${name}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 })
    return folder
  } catch (error) {
    return leave(log, EXIT.config, error)
  }
}

/** The last words of a process that cannot go on. */
function leave(log: Logger, code: number, error: unknown): never {
  log.fatal({ err: error }, `exit ${code}`)
  process.exit(code)
}

function errorWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
