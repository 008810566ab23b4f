import { type Logger, pino } from 'pino'
import { isRecord } from '../child/child-channel.ts'

/** Where our own log lines go. */
export interface LogOutputs {
  /** Takes JSON lines; used when nobody looks on. */
  readonly stdout: { write(text: string): unknown }
  /** Takes lines for people; used when it is a terminal. */
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean | undefined }
  /** Takes each JSON line for the store. */
  readonly store: (line: string) => void
}

/** The supervisor's own logger: readable lines on a terminal, JSON lines otherwise, and always into the log store. */
export function openOwnLog(level: string, outputs: LogOutputs): Logger {
  return pino(
    { level, formatters: {}, name: 'lanward', timestamp: pino.stdTimeFunctions.epochTime },
    {
      write: (line: string) => {
        outputs.store(line.trimEnd())
        if (outputs.stderr.isTTY === true) outputs.stderr.write(`${readableLine(line)}\n`)
        else outputs.stdout.write(line)
      },
    },
  )
}

const LEVELS: ReadonlyMap<unknown, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
])
const HIDDEN: ReadonlySet<string> = new Set(['level', 'time', 'name', 'pid', 'hostname', 'msg', 'daemon', 'state'])

/** A line that a service said, as `readableLine` has it when it is a JSON line of pino, else as it is. */
export function readableWords(line: string): string {
  try {
    const fields: unknown = JSON.parse(line)
    const isPino = isRecord(fields) && LEVELS.has(fields['level']) && typeof fields['msg'] === 'string'
    return isPino ? readableLine(line) : line
  } catch {
    return line
  }
}

/** Writes one JSON log line for people: time of day, level unless it is info, service, message, the other fields. */
export function readableLine(line: string): string {
  const fields: unknown = JSON.parse(line)
  if (!isRecord(fields)) return line
  const { time, level, daemon, msg } = fields as { time?: unknown; level?: unknown; daemon?: unknown; msg?: unknown }
  const clock = typeof time === 'number' ? new Date(time).toISOString().slice(11, 19) : ''
  const word = LEVELS.get(level) ?? ''
  const rest = Object.entries(fields)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${fieldText(value)}`)
  const parts = [
    clock,
    word === 'info' ? '' : word,
    typeof daemon === 'string' ? `${daemon}:` : '',
    String(msg),
    ...rest,
  ]
  return parts
    .filter((part) => part !== '')
    .join(' ')
    .replace(CONTROL, '?')
}

/** An error is what it says; its stack stays in the JSON. */
function fieldText(value: unknown): string {
  if (typeof value === 'string') return value
  return isRecord(value) && typeof value['message'] === 'string' ? value['message'] : JSON.stringify(value)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept from the terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g
