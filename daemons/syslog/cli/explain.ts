import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { parseAddress } from '../../wire/address.ts'
import { explainMessage } from '../explain/explain-message.ts'
import { explainText } from '../explain/explain-text.ts'
import { findStored } from '../explain/find-stored.ts'
import { originalOf } from '../explain/original-bytes.ts'
import { TimeInference } from '../parse/time-inference.ts'
import { visible } from '../query/log-text.ts'
import type { LogsIo } from '../query/logs-io.ts'
import { MOMENTS, readMoment } from '../query/moment.ts'
import type { SenderSection } from '../section.ts'
import { Pins } from '../senders/pins.ts'
import { addressOf } from '../source-names.ts'
import { escapeTricky } from '../store/json-text.ts'

/** What the front command hands over beside the rest. */
export interface ExplainIo extends LogsIo {
  readonly stdin: AsyncIterable<Uint8Array>
  /** `[[syslog.sender]]` of the configuration. */
  readonly senders: readonly SenderSection[]
}

interface ExplainOptions {
  readonly sender?: string
  readonly at?: string
  readonly seq?: string
  readonly local?: true
  readonly json?: true
}

/** A message to be explained, and what the collector would know of it. */
interface Asked {
  readonly bytes: Buffer
  readonly address: string | null
  readonly receiveMs: number
  readonly local: boolean
}

const EXIT = { done: 0, no: 1, usage: 64, permission: 77, temporary: 75 } as const
const LONGEST_BYTES = 1 << 20
/** How `via` begins where a line was not received. */
const OWN = 'service://'

/**
 * The command `lanward logs explain`: how a message is read, by the parser of the collector itself.
 *
 * @param argv arguments behind `logs explain`
 * @param stateDir the syslog daemon's own folder
 * @returns the exit code; 1 when the store has no such message
 */
export async function main(argv: string[], stateDir: string, io: ExplainIo): Promise<number> {
  const command = readCommand(argv, io)
  if (typeof command === 'number') return command
  const options = command.opts<ExplainOptions>()
  try {
    const asked = await ask(command.args[0], options, stateDir, io)
    if (typeof asked === 'string') {
      io.stderr.write(`${visible(asked)}\n`)
      return options.seq === undefined || asked.startsWith('--') ? EXIT.usage : EXIT.no
    }
    const pin = asked.address === null ? null : new Pins(io.senders).of(asked.address)
    const inference = pin?.inference ?? new TimeInference((ms) => -new Date(ms).getTimezoneOffset())
    const { receiveMs, local } = asked
    const explained = explainMessage(asked.bytes, { receiveMs, inference, local, dialect: pin?.dialect ?? null })
    io.stdout.write(options.json === true ? `${escapeTricky(JSON.stringify(explained))}\n` : explainText(explained))
    return EXIT.done
  } catch (error) {
    io.stderr.write(`cannot read the message: ${visible(error instanceof Error ? error.message : String(error))}\n`)
    const code = error instanceof Error && 'code' in error ? error.code : null
    return code === 'EACCES' || code === 'EPERM' ? EXIT.permission : EXIT.temporary
  }
}

function readCommand(argv: string[], io: ExplainIo): Command | number {
  const command = new Command('lanward logs explain')
    .description('Tells how a message is read: by which rule, from which bytes each field, what was guessed.')
    .argument('[message]', 'the message; else it is read from standard input')
    .option('--seq <number>', 'the stored message with this number')
    .option('--sender <address>', 'as if it came from this sender, whose dialect and zone may be pinned')
    .option('--at <time>', `as if it were received at TIME: ${MOMENTS}`)
    .option('--local', 'as if it came by a local socket')
    .option('--json', 'one JSON document')
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.split('\n').map(visible).join('\n')),
    })
  try {
    return command.parse(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    throw error
  }
}

const HELP = `
Examples:
  lanward logs explain '<189>29: *Mar  1 18:48:50.483: %SYS-5-CONFIG_I: Configured'
      a message as typed
  lanward logs explain --seq 4711
      one of the store, with its sender and time of receipt
  tcpdump … | lanward logs explain --sender 10.0.7.3
      any bytes; one line end behind them is left out
`

/** @returns in words what cannot be, else the message */
async function ask(
  text: string | undefined,
  options: ExplainOptions,
  stateDir: string,
  io: ExplainIo,
): Promise<Asked | string> {
  const { seq, sender, at } = options
  const receiveMs = at === undefined ? io.now.getTime() : readMoment(at, io.now.getTime())
  if (receiveMs === null) return `--at "${at}" is no time: allowed are ${MOMENTS}`
  if (sender !== undefined && parseAddress(sender) === null) return `--sender "${sender}" is no address`
  if (seq === undefined) {
    const bytes = text === undefined ? await readInput(io.stdin) : Buffer.from(text)
    return { bytes, address: sender ?? null, receiveMs, local: options.local === true }
  }
  if (text !== undefined) return '--seq names a stored message: give no other'
  if (!/^\d{1,15}$/.test(seq)) return `--seq "${seq}" is no number of a message`
  const line = findStored(join(stateDir, 'segments'), Number(seq))
  const stored = line === null ? null : originalOf(line, io.host)
  if (stored === null) return `the store has no message ${seq}`
  const { via }: { via?: unknown } = JSON.parse(stored.line)
  if (typeof via === 'string' && via.startsWith(OWN))
    return `message ${seq} is a line of our own service ${via.slice(OWN.length)}: it is stored as it was said, nothing was read or guessed`
  const local = options.local === true || stored.src === 'unix'
  const receivedMs = at === undefined ? Date.parse(stored.rt) : receiveMs
  return { bytes: stored.original, address: sender ?? addressOf(stored.src), receiveMs: receivedMs, local }
}

async function readInput(stdin: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stdin) {
    chunks.push(chunk)
    length += chunk.length
    if (length > LONGEST_BYTES) throw new Error('it is longer than 1 MiB')
  }
  const bytes = Buffer.concat(chunks)
  return bytes.at(-1) === 10 ? bytes.subarray(0, -1) : bytes
}
