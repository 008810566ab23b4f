/** The wishes that come to us as signals. */
export interface StopSignals {
  /** SIGTERM or SIGINT came. */
  readonly asked: Promise<void>
  readonly wasAsked: boolean
  /** And another one. */
  readonly again: Promise<void>
  close(): void
}

/** Listens for SIGTERM, SIGINT (stop) and SIGHUP (reload) from now on. */
export function awaitStop(onHangup: () => void): StopSignals {
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  let count = 0
  const onStop = (): void => {
    count += 1
    if (count === 1) first.resolve()
    else second.resolve()
  }
  process.on('SIGTERM', onStop)
  process.on('SIGINT', onStop)
  process.on('SIGHUP', onHangup)
  return {
    asked: first.promise,
    get wasAsked() {
      return count > 0
    },
    again: second.promise,
    close: () => {
      process.off('SIGTERM', onStop)
      process.off('SIGINT', onStop)
      process.off('SIGHUP', onHangup)
    },
  }
}
