import { PassThrough } from 'node:stream'
import { main } from '../../../daemons/syslog/cli/logs.ts'

/** Runs `lanward logs` on a folder with the daemon's state, at noon. */
export function runLogs(stateDir: string, ...argv: string[]): Promise<LogsRun> {
  return run(stateDir, argv, false)
}

/** The same on a terminal with colours. */
export function runColouredLogs(stateDir: string, ...argv: string[]): Promise<LogsRun> {
  return run(stateDir, argv, true)
}

interface LogsRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function run(stateDir: string, argv: string[], colour: boolean): Promise<LogsRun> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const texts = Promise.all([stdout, stderr].map((stream) => stream.setEncoding('utf8').toArray()))
  const code = await main(argv, stateDir, {
    ...{ stdout, stderr, colour, now: new Date('2026-01-31T12:00:00Z'), host: 'Box', services: ['dhcp'] },
    stop: new AbortController().signal,
  })
  stdout.end()
  stderr.end()
  const [out, err] = await texts
  return { code, stdout: (out ?? []).join(''), stderr: (err ?? []).join('') }
}
