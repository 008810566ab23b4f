import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { formatSocketName } from '../daemons/runtime/held-sockets.ts'
import { formatListenUrl } from '../daemons/wire/listen-url.ts'
import type { Kept } from './held-sockets.ts'
import type { ServiceUser } from './service-user.ts'
import type { ServiceSpec } from './spec.ts'

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
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const KEPT_VARIABLES = ['PATH', 'LANG', 'LC_ALL', 'TZ']

/**
 * Works out the command and environment of one life.
 *
 * @param outer our own environment; only a few variables of it are passed on
 * @param mark tells what belongs to this life, even after it left its group
 * @throws Error when the program does not exist or may not be run
 */
export function launchOf(
  spec: ServiceSpec,
  sockets: readonly Kept[],
  options: {
    readonly places: Places
    readonly user: ServiceUser | null
    readonly outer: Readonly<Record<string, string | undefined>>
    readonly token: string
    readonly logLevel: string
    readonly mark: string
    readonly setpriv: string | null
  },
): Launch {
  const { places, user, outer } = options
  const environment: Record<string, string> = { PATH, LANWARD_LIFE: options.mark }
  for (const name of KEPT_VARIABLES) {
    const value = outer[name]
    if (value !== undefined) environment[name] = value
  }
  const home = user?.home ?? outer['HOME']
  if (home !== undefined) environment['HOME'] = home
  if (user !== null) environment['USER'] = environment['LOGNAME'] = user.name
  if (sockets.length > 0) {
    environment['LISTEN_FDS'] = String(sockets.length)
    environment['LISTEN_FDNAMES'] = sockets
      .map(({ spec, opened }) => formatSocketName(formatListenUrl(opened.url), spec.probeOnly))
      .join(':')
  }
  if (spec.rules.readiness === 'notify') environment['NOTIFY_SOCKET'] = places.notifySocket
  environment['STATE_DIRECTORY'] = places.stateFolder
  if (spec.own) return ownLaunch(spec, environment, options)
  return foreignLaunch(spec, environment, sockets.length > 0, options.setpriv)
}

function ownLaunch(
  spec: ServiceSpec,
  environment: Record<string, string>,
  { places, token, logLevel }: { readonly places: Places; readonly token: string; readonly logLevel: string },
): Launch {
  const [file = '', ...args] = spec.command
  environment['LANWARD_SECTION'] = places.sectionFile
  environment['LANWARD_PROBE_TOKEN'] = token
  environment['LANWARD_LOG_LEVEL'] = logLevel
  environment['NODE_COMPILE_CACHE'] = places.compileCache
  if (spec.rules.watchdogMs !== null) environment['WATCHDOG_USEC'] = String(Math.round(spec.rules.watchdogMs * 1000))
  return { file, args, environment, cwd: places.stateFolder }
}

/** Another program cannot tie its life to ours or learn its own pid beforehand: setpriv and a shell do it, then become it. */
function foreignLaunch(
  spec: ServiceSpec,
  environment: Record<string, string>,
  hasSockets: boolean,
  setpriv: string | null,
): Launch {
  const [program = '', ...rest] = spec.command
  const words = [findProgram(program, environment['PATH'] ?? PATH), ...rest]
  const named = hasSockets ? ['/bin/sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh', ...words] : words
  const [file = '', ...args] =
    setpriv === null ? named : [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--', ...named]
  return { file, args, environment, cwd: '/' }
}

/** Finds a program as a shell would, but says beforehand when there is none. */
export function findProgram(program: string, path: string): string {
  const places = program.includes('/') ? [program] : path.split(delimiter).map((folder) => join(folder, program))
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`cannot start ${program}: no such program, or not executable`)
  return found
}
