import koffi from 'koffi'
import { check, declare } from './libc.ts'
import { Pinned } from './pinned.ts'

const uv_default_loop = declare<() => bigint>('void *uv_default_loop()')
const uv_handle_size = declare<(type: number) => number>('size_t uv_handle_size(int type)')
const uv_poll_init = declare<(loop: bigint, handle: bigint, fd: number) => number>(
  'int uv_poll_init(void *loop, void *handle, int fd)',
)
const uv_poll_start = declare<(handle: bigint, events: number, callback: bigint) => number>(
  'int uv_poll_start(void *handle, int events, void *callback)',
)
const uv_poll_stop = declare<(handle: bigint) => number>('int uv_poll_stop(void *handle)')
const uv_close = declare<(handle: bigint, callback: bigint) => void>('void uv_close(void *handle, void *callback)')

const UV_POLL = 8
const UV_READABLE = 1

interface Watch {
  readonly memory: Pinned
  readonly onReadable: () => void
}

/** Watches by the address of their uv_poll_t, until libuv has closed it. */
const watches = new Map<bigint, Watch>()

// One callback of each kind serves every watch; both are made once and never given back.
let callbacks: { readonly readable: bigint; readonly closed: bigint } | null = null

function registerCallbacks(): { readonly readable: bigint; readonly closed: bigint } {
  const readable = (handle: bigint): void => {
    // libuv calls us outside of Node's own callback scope, which runs promises and ticks when it ends; the
    // immediate opens one right after this poll phase.
    setImmediate(settle)
    watches.get(handle)?.onReadable()
  }
  const closed = (handle: bigint): void => {
    watches.get(handle)?.memory.free()
    watches.delete(handle)
  }
  return {
    readable: koffi.register(
      readable,
      koffi.pointer(koffi.proto('void lanward_readable(void *handle, int status, int events)')),
    ),
    closed: koffi.register(closed, koffi.pointer(koffi.proto('void lanward_closed(void *handle)'))),
  }
}

function settle(): void {}

/**
 * Calls `onReadable` on the main loop whenever the descriptor has something to read (level-triggered uv_poll), until stopped.
 * The descriptor is made non-blocking and stays the caller's to close, after `stop`.
 *
 * @param onReadable must not throw: the exception would have nowhere to go
 */
export function watchReadable(fd: number, onReadable: () => void): { stop(): void } {
  callbacks ??= registerCallbacks()
  const memory = new Pinned(uv_handle_size(UV_POLL))
  const handle = memory.address
  const status = uv_poll_init(uv_default_loop(), handle, fd)
  if (status < 0) {
    memory.free()
    throw new Error(`cannot watch descriptor ${fd}: uv_poll_init gave ${status}`)
  }
  watches.set(handle, { memory, onReadable })
  check(uv_poll_start(handle, UV_READABLE, callbacks.readable), 'uv_poll_start')
  let stopped = false
  return {
    stop: () => {
      if (stopped || callbacks === null) return
      stopped = true
      uv_poll_stop(handle)
      uv_close(handle, callbacks.closed)
    },
  }
}
