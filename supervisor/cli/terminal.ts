/** Where a command writes and what it may know of its surroundings; `main.ts` makes the real one. */
export interface Terminal {
  /** Results. */
  readonly stdout: NodeJS.WritableStream
  /** Messages for people. */
  readonly stderr: NodeJS.WritableStream
  readonly colour: boolean
  /** Width of the terminal that reads the results; null where none does. */
  readonly columns: number | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  /** Asks the person at the terminal for one line; null when there is nobody to ask. */
  readonly ask: (question: string) => Promise<string | null>
  /** Aborted when the user interrupts a command that would go on for ever. */
  readonly stop: AbortSignal
}

/** Whether a stream may carry colour: a terminal, and nobody said no (https://no-color.org). */
export function allowsColour(isTerminal: boolean, env: Terminal['env']): boolean {
  return isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

/** The width to write for: some terminals say 0 for "unknown", and nobody can read lines of a few letters. */
export function readableWidth(columns: number): number | null {
  return columns > 0 ? Math.max(columns, NARROWEST) : null
}

const NARROWEST = 32

/** Writes one line of the result. */
export function printLine(terminal: Terminal, line: string): void {
  terminal.stdout.write(`${line}\n`)
}

/** Writes the result as one JSON document. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Writes one line for people. */
export function printNote(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${line}\n`)
}
