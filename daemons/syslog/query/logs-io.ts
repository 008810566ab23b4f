/** What the front command hands over. */
export interface LogsIo {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly colour: boolean
  readonly now: Date
  /** This machine's name. */
  readonly host: string
  /** The configured services. */
  readonly services: readonly string[]
  readonly stop: AbortSignal
}

/** How wide the reader is. */
export function columnsOf({ stdout }: LogsIo): number {
  return 'columns' in stdout && typeof stdout.columns === 'number' ? stdout.columns : 80
}
