import * as v from 'valibot'
import type { ForeignService, RestartPolicy } from '../config.ts'
import { cronExpression, timeZone } from '../pieces/cron.ts'
import { duration } from '../pieces/duration.ts'
import { environment } from '../pieces/environment.ts'
import { anchorListenUrl, listenList } from '../pieces/listen.ts'
import { Complaint, flag, list, oneOf, table, text, whole, written } from '../pieces/piece.ts'
import { signalName } from '../pieces/signal-name.ts'
import { buildLimits, limitsSchema } from './limits.ts'
import { mergeRestart, restartSchema } from './restart.ts'

const NAME = /^[a-z][a-z0-9_-]{0,31}$/
const OURS = ['syslog', 'ntp', 'dhcp', 'http', 'lpd', 'supervisor', 'lanward']

/** One `[[service]]`. */
export const serviceSchema = table('Any other program, supervised like our own daemons.', {
  name: written('Name of the service.', 'a name', { pattern: NAME.source }, (name) => {
    if (!NAME.test(name))
      return new Complaint('must be 1 to 32 lower-case letters, digits, hyphens and underscores, a letter first')
    return OURS.includes(name) ? new Complaint(`must not be "${name}", a name of Lanward itself`) : name
  }),
  enabled: v.optional(flag('false: the section is checked, and nothing is started.'), true),
  command: list('Program and arguments; a program without a slash is looked up in PATH.', argument()),
  user: v.optional(text('User to run as; absent = that of [supervisor].', 'the name of a user')),
  type: v.optional(oneOf('"notify": ready when the program says so (sd_notify).', ['simple', 'notify']), 'simple'),
  notify_fd: v.optional(whole('Descriptor on which the program writes a newline when ready, as under s6.', 3, 255)),
  watchdog: v.optional(duration('The program sends WATCHDOG=1; silent for this long, it is restarted.', '100ms', '1d')),
  environment: v.optional(environment('Variables of its environment, beside those that Lanward sets.')),
  working_directory: v.optional(text('Folder in which the program starts.', 'the path of a folder')),
  limits: v.optional(limitsSchema),
  stop_signal: v.optional(signalName('Signal that asks the program to end.'), 'SIGTERM'),
  start_timeout: v.optional(duration('Not ready by then: stopped and tried again.', '100ms', '1d')),
  stop_timeout: v.optional(duration('Not gone by then: killed.', '100ms', '1d')),
  listen: v.optional(
    listenList('Sockets held for the program, passed as LISTEN_FDS.', ['udp', 'tcp', 'unix', 'unix-stream']),
    [],
  ),
  after: v.optional(list('Services to start before this one.', text('Name of a service.', 'a name')), []),
  restart: v.optional(restartSchema),
  schedule: v.optional(cronExpression('Times at which the program runs, instead of always (cron).')),
  timezone: v.optional(timeZone('Time zone of the schedule; absent = that of the machine.')),
})

/** An argument may be empty and hold anything but NUL, which the kernel cannot pass. */
function argument() {
  return written('An argument.', 'text', {}, (value) =>
    value.includes('\0') ? new Complaint('must not contain a NUL character') : value,
  )
}

export type WrittenService = v.InferOutput<typeof serviceSchema>

/** Fills in what a `[[service]]` leaves open. */
export function buildService(
  service: WrittenService,
  below: RestartPolicy,
  anchor: (path: string) => string,
): ForeignService {
  const [program = '', ...rest] = service.command
  return {
    name: service.name,
    enabled: service.enabled,
    command: [program.includes('/') ? anchor(program) : program, ...rest],
    user: service.user ?? null,
    type: service.type,
    listen: service.listen.map((url) => anchorListenUrl(url, anchor)),
    after: service.after,
    restart: mergeRestart(below, service.restart),
    environment: service.environment ?? {},
    workingDirectory: service.working_directory === undefined ? null : anchor(service.working_directory),
    limits: buildLimits(service.limits),
    stopSignal: service.stop_signal,
    startTimeoutMs: service.start_timeout ?? null,
    stopTimeoutMs: service.stop_timeout ?? null,
    watchdogMs: service.watchdog ?? null,
    notifyFd: service.notify_fd ?? null,
    schedule:
      service.schedule === undefined ? null : { expression: service.schedule, timezone: service.timezone ?? null },
  }
}
