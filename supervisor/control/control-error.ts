/** A request that is refused; the exit code is what the command line ends with. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}
