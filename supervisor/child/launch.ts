import { formatSocketName } from '../../daemons/runtime/held-sockets.ts'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Kept } from '../sockets/held-sockets.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ServiceUser } from '../user/service-user.ts'
import { foreignLaunch } from './foreign-launch.ts'
import type { LaunchTools } from './launch-tools.ts'
import { ownWords } from './rights-words.ts'

/** Where one life finds its things. */
export interface Places {
  readonly stateFolder: string
  readonly sectionFile: string
  readonly notifySocket: string
  readonly compileCache: string
}

export interface Launch {
  readonly file: string
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  /** Whom the process must become before `file` is run; null = nobody else. */
  readonly user: ServiceUser | null
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const KEPT_VARIABLES = ['PATH', 'LANG', 'LC_ALL', 'TZ']

/**
 * Works out the command and environment of one life.
 *
 * @param outer our own environment; only a few variables of it are passed on
 * @param mark tells what belongs to this life, even after it left its group
 * @throws Error in words when the program or something that it needs is not there
 */
export function launchOf(
  spec: ServiceSpec,
  sockets: readonly Kept[],
  options: {
    readonly places: Places
    readonly user: ServiceUser | null
    readonly outer: Readonly<Record<string, string | undefined>>
    readonly token: string
    readonly mark: string
    readonly tools: LaunchTools
  },
): Launch {
  const { places, user, tools } = options
  const environment = commonEnvironment(options)
  if (sockets.length > 0) {
    environment['LISTEN_FDS'] = String(sockets.length)
    environment['LISTEN_FDNAMES'] = sockets
      .map(({ spec, opened }) => formatSocketName(formatListenUrl(opened.url), spec.probeOnly))
      .join(':')
  }
  if (spec.rules.readiness === 'notify') environment['NOTIFY_SOCKET'] = places.notifySocket
  environment['STATE_DIRECTORY'] = places.stateFolder
  if (spec.rules.watchdogMs !== null) environment['WATCHDOG_USEC'] = String(Math.round(spec.rules.watchdogMs * 1000))
  if (spec.own) return ownLaunch(spec, environment, options)
  const path = spec.setup.environment['PATH'] ?? environment['PATH'] ?? PATH
  const { words, cwd, user: becomes, environment: own } = foreignLaunch(spec, { path, user, tools })
  const [file = '', ...args] = words
  return { file, args, environment: { ...environment, ...own }, cwd, user: becomes }
}

/** Should one of our own hang, its debugger is asked where: on a free port of loopback, under a secret that only we hear. */
const DEBUGGER_OPTIONS = '--inspect-port=127.0.0.1:0 --inspect-publish-uid=stderr'

/** How Node and its C library are set up for our own daemons. */
export const OWN_RUNTIME: Readonly<Record<string, string>> = {
  ...LEAN_ENVIRONMENT,
  NODE_OPTIONS: `${LEAN_ENVIRONMENT.NODE_OPTIONS} ${DEBUGGER_OPTIONS}`,
}

/** What every child finds in its environment, whatever it is. */
export function commonEnvironment({
  user,
  outer,
  mark,
}: {
  readonly user: ServiceUser | null
  readonly outer: Readonly<Record<string, string | undefined>>
  readonly mark: string
}): Record<string, string> {
  const environment: Record<string, string> = { PATH, LANWARD_LIFE: mark }
  for (const name of KEPT_VARIABLES) {
    const value = outer[name]
    if (value !== undefined) environment[name] = value
  }
  const home = user?.home ?? outer['HOME']
  if (home !== undefined) environment['HOME'] = home
  if (user !== null) environment['USER'] = environment['LOGNAME'] = user.name
  return environment
}

function ownLaunch(
  spec: ServiceSpec,
  environment: Record<string, string>,
  {
    places,
    user,
    token,
    tools,
  }: {
    readonly places: Places
    readonly user: ServiceUser | null
    readonly token: string
    readonly tools: LaunchTools
  },
): Launch {
  environment['LANWARD_SECTION'] = places.sectionFile
  environment['LANWARD_PROBE_TOKEN'] = token
  environment['NODE_COMPILE_CACHE'] = places.compileCache
  Object.assign(environment, OWN_RUNTIME)
  // What we do not have we cannot give: the daemon itself says then what it lacks.
  const { words, user: becomes } = ownWords(spec.command, user, tools, tools.setsClock ? spec.keeps : [])
  const [file = '', ...args] = words
  return { file, args, environment, cwd: places.stateFolder, user: becomes }
}
