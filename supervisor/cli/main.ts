import { runCommandLine } from './command-line.ts'
import { EXIT } from './exit-code.ts'
import { allowsColour, type Terminal } from './terminal.ts'

/** The program: the only file of the command line that meets the real streams and the environment. */
function main(): void {
  const stop = new AbortController()
  const argv = process.argv.slice(2)
  // Only following the logs has something to finish; other commands just end, and the supervisor takes signals itself.
  if (argv.includes('logs')) process.once('SIGINT', () => stop.abort())
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(EXIT.ok)
  })
  const terminal: Terminal = {
    stdout: process.stdout,
    stderr: process.stderr,
    colour: allowsColour(process.stdout.isTTY === true, process.env),
    env: process.env,
    now: () => new Date(),
    stop: stop.signal,
  }
  runCommandLine(argv, terminal).then(leave, (error: unknown) => {
    process.stderr.write(`lanward: ${error instanceof Error ? error.stack : String(error)}\n`)
    leave(EXIT.bug)
  })
}

/** Ends the program when what it wrote is out. */
function leave(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
}

main()
