import type { Finding } from '../config-problem.ts'

/** First descriptor of the sockets that a program is given (sd_listen_fds(3)). */
const FIRST_SOCKET = 3

/** The keys of one `[[service]]` that must agree with each other; `index` is its place in the file. */
export interface KeyedService {
  readonly index: number
  readonly type: 'simple' | 'notify'
  readonly listen: readonly unknown[]
  readonly notify_fd?: number | undefined
  readonly watchdog?: number | undefined
  readonly after: readonly string[]
  readonly schedule?: string | undefined
  readonly timezone?: string | undefined
  readonly restart?: { readonly rest_for_one?: boolean | undefined } | undefined
}

/** Keys of a service that contradict each other. */
export function checkServiceKeys(service: KeyedService): Finding[] {
  const findings: Finding[] = []
  const complain = (key: string | readonly string[], message: string): void => {
    findings.push({ path: ['service', service.index, ...[key].flat()], message })
  }
  for (const key of ['notify_fd', 'watchdog'] as const)
    if (service.type !== 'notify' && service[key] !== undefined) complain(key, 'needs type = "notify"')
  const free = FIRST_SOCKET + service.listen.length
  if (service.notify_fd !== undefined && service.notify_fd < free) {
    const sockets = free === FIRST_SOCKET + 1 ? 'descriptor 3 is a socket' : `descriptors 3 to ${free - 1} are sockets`
    complain('notify_fd', `${sockets} of "listen" (LISTEN_FDS); use ${free} or higher, and tell the program`)
  }
  if (service.timezone !== undefined && service.schedule === undefined) complain('timezone', 'needs "schedule"')
  if (service.restart?.rest_for_one === true && service.after.length === 0)
    complain(['restart', 'rest_for_one'], 'needs "after": it follows the services named there')
  return findings
}

/** What is allowed and yet seldom meant. */
export function warnService({ index, listen, schedule }: KeyedService): Finding[] {
  if (schedule === undefined || listen.length === 0) return []
  const message = 'with "schedule": who connects between two runs waits until the next one'
  return [{ path: ['service', index, 'listen'], message }]
}
