/** A refused system call: `code` is the errno name (`EADDRINUSE`), `syscall` the call that failed. */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly code: string
  readonly errno: number
  readonly syscall: string

  constructor(code: string, errno: number, syscall: string, message: string) {
    super(message)
    this.code = code
    this.errno = errno
    this.syscall = syscall
  }
}
