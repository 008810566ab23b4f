/** What the exit code of a command says. */
export const EXIT = {
  ok: 0,
  /** The answer is 'no': a service is not healthy, nothing found. */
  no: 1,
  usage: 64,
  unavailable: 69,
  bug: 70,
  temporary: 75,
  permission: 77,
  config: 78,
} as const

/** Ends a command with a sentence for people and an exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}
