import { runCommandLine } from './command-line.ts'
import { commandWord } from './command-word.ts'
import { EXIT } from './exit-code.ts'
import { allowsColour, readableWidth, type Terminal } from './terminal.ts'

/** The program: the only file of the command line that meets the real streams and the environment. */
function main(): void {
  const stop = new AbortController()
  const argv = process.argv.slice(2)
  const command = commandWord(argv)
  // Only these have something to finish; other commands just end, and the supervisor takes signals itself.
  const timeDrill = command === 'time' && argv.includes('drill')
  if (command === 'logs' || command === 'drill' || timeDrill) process.once('SIGINT', () => stop.abort())
  if (timeDrill) process.once('SIGTERM', () => stop.abort())
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A process that a drill has stopped must go on first.
    if (command === 'drill') stop.abort()
    else loseReader(argv, error)
  })
  // Nobody reads our words any more; what we do is not about them.
  process.stderr.on('error', () => undefined)
  const terminal: Terminal = {
    stdout: process.stdout,
    stderr: process.stderr,
    colour: allowsColour(process.stdout.isTTY === true, process.env),
    columns: process.stdout.isTTY === true ? readableWidth(process.stdout.columns) : null,
    env: process.env,
    now: () => new Date(),
    ask,
    stop: stop.signal,
  }
  runCommandLine(argv, terminal).then(leave, (error: unknown) => {
    process.stderr.write(`lanward: ${error instanceof Error ? error.stack : String(error)}\n`)
    leave(EXIT.bug)
  })
}

/** A command whose reader has gone has nothing more to do; the supervisor runs on, with its log in the store. */
function loseReader(argv: readonly string[], { code, message }: NodeJS.ErrnoException): void {
  if (commandWord(argv) === 'up') return
  if (code !== 'EPIPE') process.stderr.write(`lanward: cannot write the output: ${message}\n`)
  process.exit(code === 'EPIPE' ? EXIT.ok : EXIT.temporary)
}

async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  const { createInterface } = await import('node:readline/promises')
  const dialogue = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await dialogue.question(question)
  } finally {
    dialogue.close()
  }
}

/** Ends the program when what it wrote is out. */
function leave(code: number): void {
  process.exitCode = code
  process.stdout.write('', (error) => {
    if (error != null) loseReader(process.argv.slice(2), error)
    process.stderr.write('', () => process.exit())
  })
}

main()
