import { statSync } from 'node:fs'
import type { ResourceLimit } from '../../config/config.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ServiceUser } from '../user/service-user.ts'
import { findProgram } from './find-program.ts'
import type { LaunchTools } from './launch-tools.ts'
import { rightsWords } from './rights-words.ts'

/** How a program of somebody else is started. */
export interface ForeignLaunch {
  readonly words: readonly string[]
  /** Its own variables, as far as they may be there before the last word is run. */
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  /** Whom the process must become before the first word is run; null = the words see to it. */
  readonly user: ServiceUser | null
}

/**
 * Works out the words that start a program of somebody else: it cannot prepare itself as our daemons do, so prlimit,
 * setpriv and a shell do it one after the other, each becoming the next; the pid stays the same.
 *
 * @param path where programs are looked up
 * @param user whom it becomes; null = it stays what we are
 * @throws Error in words when the program, its folder or a tool is missing, or a limit is above ours
 */
export function foreignLaunch(
  { command, setup, sockets, rules }: Pick<ServiceSpec, 'command' | 'setup' | 'sockets' | 'rules'>,
  { path, user, tools }: { readonly path: string; readonly user: ServiceUser | null; readonly tools: LaunchTools },
): ForeignLaunch {
  const cwd = setup.workingDirectory ?? '/'
  if (!isFolder(cwd)) throw new Error(`cannot start in ${cwd}: there is no such folder`)
  const [program = '', ...rest] = command
  const variables = Object.entries(setup.environment)
  const loading = variables.filter(([name]) => LOADING.test(name))
  const words = [
    ...limitWords(setup.limits, tools),
    ...rightsWords(user, tools, { dieWithUs: true, groups: 'init' }),
    ...(loading.length === 0 ? [] : ['/usr/bin/env', ...loading.map(([name, value]) => `${name}=${value}`)]),
    ...pidWords(sockets.length > 0, rules.watchdogMs !== null),
    findProgram(program, path, cwd),
    ...rest,
  ]
  const environment = Object.fromEntries(variables.filter(([name]) => !LOADING.test(name)))
  return { words, environment, cwd, user: tools.setpriv === null ? user : null }
}

/**
 * Variables by which the C library loads code or opens files: those of its own list for set-id programs.
 *
 * @attack in the environment of prlimit and setpriv they would have root load what the service's user can write to
 */
const LOADING = /^(?:LD_.*|GLIBC_TUNABLES|GCONV_PATH|LOCPATH|NLSPATH|MALLOC_TRACE|GETCONF_DIR|HOSTALIASES|TZDIR)$/

/** Limits come first: to raise one takes rights that the next word gives up. */
function limitWords(limits: readonly ResourceLimit[], tools: LaunchTools): readonly string[] {
  if (limits.length === 0) return []
  if (tools.prlimit === null)
    throw new Error('cannot set limits: the program prlimit is missing (Debian: apt install util-linux)')
  for (const { resource, most } of limits) {
    const hard = tools.hardLimit(resource)
    if (!tools.raisesLimits && (most === 'unlimited' ? Number.POSITIVE_INFINITY : most) > hard)
      throw new Error(
        `cannot set limit ${resource} to ${most}: ours is ${hard}, and to raise it needs root with CAP_SYS_RESOURCE`,
      )
  }
  return [tools.prlimit, ...limits.map(({ resource, most }) => `--${resource}=${most}`), '--']
}

/** Nobody knows the pid before the program runs, except a shell that becomes it. */
function pidWords(hasSockets: boolean, hasWatchdog: boolean): readonly string[] {
  const variables = [...(hasSockets ? ['LISTEN_PID=$$'] : []), ...(hasWatchdog ? ['WATCHDOG_PID=$$'] : [])]
  return variables.length === 0 ? [] : ['/bin/sh', '-c', `${variables.join(' ')} exec "$@"`, 'sh']
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
