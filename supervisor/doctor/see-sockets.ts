import { formatListenUrl, type ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { StatusReport } from '../control/control-protocol.ts'
import type { PortHolder } from '../sockets/port-holder.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { HolderFact, SocketFact } from './facts.ts'
import { readText } from './read-text.ts'

/** What it takes to look at a socket. */
export interface SocketCalls {
  trySocket(url: ListenUrl): SocketFact['trial']
  findPortHolder(url: ListenUrl, proc: string): PortHolder | null
}

/**
 * Looks at every socket of the configuration: held by our supervisor, free, refused, or whose.
 *
 * @param report of the running supervisor; null when there is none to ask
 * @param calls null where no system calls can be made
 */
export function seeSockets(
  specs: readonly ServiceSpec[],
  report: StatusReport | null,
  calls: SocketCalls | null,
  proc = '/proc',
): readonly SocketFact[] {
  const held = new Set(report?.services.flatMap(({ sockets }) => (sockets ?? []).map(({ listen }) => listen)))
  const supervisor = report?.supervisor.pid ?? null
  return specs.flatMap(({ name: service, sockets }) =>
    sockets
      .filter(({ probeOnly }) => !probeOnly)
      .map(({ url }): SocketFact => {
        if (supervisor !== null && held.has(formatListenUrl(url)))
          return { service, url, trial: 'untried', holder: { ...OURS, pid: supervisor } }
        const trial = calls?.trySocket(url) ?? 'untried'
        const taken = 'path' in url || (typeof trial === 'object' && trial.code === 'EADDRINUSE')
        const holder = taken ? (calls?.findPortHolder(url, proc) ?? null) : null
        return { service, url, trial, holder: holder === null ? null : describe(holder, supervisor, proc) }
      }),
  )
}

const OURS = { name: 'lanward', unit: null, script: null, own: true, isLanward: true } as const

function describe(holder: PortHolder, supervisor: number | null, proc: string): HolderFact {
  return {
    ...holder,
    unit: unitOf(holder.pid, proc),
    script: scriptOf(holder, proc),
    own: supervisor !== null && isBelow(holder.pid, supervisor, proc),
    isLanward: LANWARD.test(readText(`${proc}/${holder.pid}/cmdline`).replaceAll('\0', ' ')),
  }
}

/** The supervisor's arguments, or the name that a daemon of ours gives itself. */
const LANWARD = /(?:^|[/ ])lanward(?:\.js)? up(?: |$)|^lanward: /

const INTERPRETERS = /^(?:node|python[\d.]*|perl|ruby|java|sh|bash|dash|busybox)$/
const LONGEST_SCRIPT = 60

/** The arguments of an interpreter, which say more than its name. */
function scriptOf({ pid, name }: PortHolder, proc: string): string | null {
  if (!INTERPRETERS.test(name)) return null
  const text = readText(`${proc}/${pid}/cmdline`).split('\0').slice(1).join(' ').trim()
  if (text === '') return null
  return text.length > LONGEST_SCRIPT ? `${text.slice(0, LONGEST_SCRIPT)}…` : text
}

/** The service unit in whose control group a process is. */
function unitOf(pid: number, proc: string): string | null {
  return /\/([^/\n]+\.service)(?:\/|$)/m.exec(readText(`${proc}/${pid}/cgroup`))?.[1] ?? null
}

/** Whether a process is the other or descends from it. */
function isBelow(pid: number, ancestor: number, proc: string): boolean {
  for (let current = pid; current > 1; current = parentOf(current, proc)) if (current === ancestor) return true
  return ancestor === 1
}

function parentOf(pid: number, proc: string): number {
  const stat = readText(`${proc}/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}
