import { describe, expect, test } from 'vitest'
import { configOf, problemsOf, warningsOf } from './check-text.ts'

/** A service of which only the keys of a test are told. */
function serviceText(keys: string): string {
  return `[[service]]\nname = "a"\ncommand = ["a"]\n${keys}\n`
}

describe('a service', () => {
  test('has modest defaults', () => {
    expect(configOf(serviceText('')).foreign[0]).toMatchObject({
      environment: {},
      workingDirectory: null,
      limits: [],
      stopSignal: 'SIGTERM',
      startTimeoutMs: null,
      stopTimeoutMs: null,
      watchdogMs: null,
      notifyFd: null,
      schedule: null,
    })
  })

  test('gets what is written, limits by their names in the kernel', () => {
    const keys = `type = "notify"
notify_fd = 4
listen = ["udp://127.0.0.1:1"]
watchdog = "10s"
working_directory = "data"
environment = { PORT = "8080", EMPTY = "", _x1 = "a=b c" }
stop_signal = "SIGQUIT"
start_timeout = "1m"
stop_timeout = "2m"
[service.limits]
open_files = 4096
processes = 64
memory = "256MiB"
stack = "unlimited"
core = "0"
file_size = "1GiB"
locked_memory = "64KiB"
cpu_time = "10m"`
    expect(configOf(serviceText(keys)).foreign[0]).toMatchObject({
      notifyFd: 4,
      watchdogMs: 10_000,
      workingDirectory: '/etc/lanward/data',
      environment: { PORT: '8080', EMPTY: '', _x1: 'a=b c' },
      stopSignal: 'SIGQUIT',
      startTimeoutMs: 60_000,
      stopTimeoutMs: 120_000,
      limits: [
        { resource: 'nofile', most: 4096 },
        { resource: 'nproc', most: 64 },
        { resource: 'data', most: 268_435_456 },
        { resource: 'stack', most: 'unlimited' },
        { resource: 'core', most: 0 },
        { resource: 'fsize', most: 1_073_741_824 },
        { resource: 'memlock', most: 65_536 },
        { resource: 'cpu', most: 600 },
      ],
    })
  })
})

test.each([
  ['"0 3 * * *"', '0 3 * * *'],
  ['"*/5 * * * * *"', '*/5 * * * * *'],
  ['"0 9-17/2 1,15 JAN-MAR MON"', '0 9-17/2 1,15 JAN-MAR MON'],
  ['"@daily"', '@daily'],
])('schedule = %s is taken as it is', (text, expression) => {
  expect(configOf(serviceText(`schedule = ${text}`)).foreign[0]?.schedule).toEqual({ expression, timezone: null })
  expect(configOf(serviceText(`schedule = ${text}\ntimezone = "Europe/Berlin"`)).foreign[0]?.schedule).toEqual({
    expression,
    timezone: 'Europe/Berlin',
  })
})

const CRON =
  'a cron expression of 5 fields (minute hour day month weekday), or 6 with seconds first, such as "0 3 * * *"'
const ZONE = 'must be a time zone such as "Europe/Berlin" or "UTC"'

test.each<[keys: string, want: string]>([
  ['schedule = "0 3 * *"', `schedule: must be ${CRON}, not "0 3 * *"`],
  ['schedule = ""', `schedule: must be ${CRON}, not ""`],
  ['schedule = "*-*-* 03:00:00"', `schedule: must be ${CRON}, not "*-*-* 03:00:00"`],
  ['schedule = 3', `schedule: must be ${CRON}, not 3`],
  ['schedule = "0-999999999 * * * *"', `schedule: must be ${CRON}, not "0-999999999 * * * *"`],
  ['schedule = "0 25 * * *"', 'schedule: "25" are no hours (0-23)'],
  ['schedule = "60 * * * *"', 'schedule: "60" are no minutes (0-59)'],
  ['schedule = "0 0 * FOO *"', 'schedule: "FOO" are no months (1-12 or JAN-DEC)'],
  ['schedule = "0 0 31 2 *"', 'schedule: "0 0 31 2 *" never comes: no month has such a day'],
  ['schedule = "0 0 L-30 2 *"', 'schedule: "0 0 L-30 2 *" never comes: no month has such a day'],
  ['timezone = "Europe/Berlin"', 'timezone: needs "schedule"'],
  ['enviroment = { A = "1" }', 'enviroment: is not a known key; did you mean "environment"?'],
  ['environment = "A=1"', 'environment: must be a table such as { KEY = "value" }, not "A=1"'],
  ['environment = { A = 1 }', 'environment.A: must be text, not 1; put it in quotes: "1"'],
  ['environment = { A = ["x"] }', 'environment.A: must be text, not a list'],
  ['environment = { A = "a\\u0000b" }', 'environment.A: must not contain a NUL character'],
  [
    'environment = { "A-B" = "1" }',
    'environment.A-B: must be a name of letters, digits and underscores, no digit first',
  ],
  ['environment = { LISTEN_FDS = "1" }', 'environment.LISTEN_FDS: is set by Lanward itself; remove it'],
  ['working_directory = ""', 'working_directory: must be the path of a folder, not empty'],
  ['stop_signal = "TERM"', 'stop_signal: is not a signal that ends a program; did you mean "SIGTERM"?'],
  ['stop_signal = "sigint"', 'stop_signal: is not a signal that ends a program; did you mean "SIGINT"?'],
  [
    'stop_signal = "SIGCHLD"',
    'stop_signal: is not a signal that ends a program; known: SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGABRT, SIGKILL',
  ],
  ['stop_timeout = "5"', 'stop_timeout: must be a duration such as "250ms", "30s", "15m", "12h" or "7d", not "5"'],
  ['start_timeout = "1ms"', 'start_timeout: must be from 100ms to 1d, not 1ms'],
  ['limits = { open_file = 10 }', 'limits.open_file: is not a known key; did you mean "open_files"?'],
  ['limits = { open_files = 1 }', 'limits.open_files: must be a whole number from 8 to 1073741824, not 1'],
  ['limits = { memory = 256 }', 'limits.memory: must be a size such as "64KiB" or "256MiB", or "unlimited", not 256'],
  ['limits = { memory = "1KiB" }', 'limits.memory: must be at least 4MiB, not 1KiB'],
  ['limits = { core = "none" }', 'limits.core: must be a size such as "64KiB" or "256MiB", or "unlimited", not "none"'],
  ['watchdog = "10s"', 'watchdog: needs type = "notify"'],
  ['notify_fd = 3', 'notify_fd: needs type = "notify"'],
  ['restart = { rest_for_one = true }', 'restart.rest_for_one: needs "after": it follows the services named there'],
  ['notify_fd = 2', 'notify_fd: must be a whole number from 3 to 255, not 2'],
])('a service with %s is told with its line', (keys, want) => {
  expect(problemsOf(serviceText(keys))).toEqual([`f.toml:4: service[0].${want}`])
})

test('sockets of a service that runs by the clock are allowed, with a warning', () => {
  const text = serviceText('schedule = "0 3 * * *"\nlisten = ["tcp://127.0.0.1:7000"]')
  expect(warningsOf(text)).toEqual([
    'f.toml:5: service[0].listen: with "schedule": who connects between two runs waits until the next one',
  ])
})

test.each([
  ['Europe/Berln', `${ZONE}; did you mean "Europe/Berlin"?`],
  ['Mars', ZONE],
  ['+01:00', ZONE],
  ['', ZONE],
])('timezone = "%s" is told with its line', (zone, want) => {
  const text = serviceText(`schedule = "0 3 * * *"\ntimezone = "${zone}"`)
  expect(problemsOf(text)).toEqual([`f.toml:5: service[0].timezone: ${want}`])
})

test.each([
  [1, 3, 'descriptor 3 is a socket of "listen" (LISTEN_FDS); use 4 or higher, and tell the program'],
  [2, 4, 'descriptors 3 to 4 are sockets of "listen" (LISTEN_FDS); use 5 or higher, and tell the program'],
])('%i sockets and notify_fd = %i clash', (count, notifyFd, want) => {
  const listen = Array.from({ length: count }, (_, index) => `"udp://127.0.0.1:${9000 + index}"`).join(', ')
  const text = (fd: number): string => serviceText(`type = "notify"\nlisten = [${listen}]\nnotify_fd = ${fd}`)
  expect(problemsOf(text(notifyFd))).toEqual([`f.toml:6: service[0].notify_fd: ${want}`])
  expect(problemsOf(text(3 + count))).toEqual([])
})
