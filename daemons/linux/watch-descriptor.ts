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
const UV_WRITABLE = 2
const UV_PRIORITIZED = 8

/** What a descriptor is watched for. */
export interface Expected {
  readonly readable: boolean
  readonly writable: boolean
  /**
   * Also for what lies in the error queue of a socket with SO_SELECT_ERR_QUEUE, told as readable. Without that wish libuv takes it
   * for an error of the descriptor and ends the watch.
   */
  readonly urgent?: boolean
}

/** A descriptor under watch. */
export interface DescriptorWatch {
  /** From now on only these are told; with neither, the watch rests. */
  expect(expected: Expected): void
  /** Ends the watch; the descriptor may be closed right after. */
  stop(): void
}

/** Must not throw: the exception would have nowhere to go. */
type OnEvents = (readable: boolean, writable: boolean) => void

interface Watch {
  readonly memory: Pinned
  readonly onEvents: OnEvents
}

/** Watches by the address of their uv_poll_t, until libuv has closed it. */
const watches = new Map<bigint, Watch>()

// One callback of each kind serves every watch; both are made once and never given back.
let callbacks: { readonly events: bigint; readonly closed: bigint } | null = null

function registerCallbacks(): { readonly events: bigint; readonly closed: bigint } {
  const onPoll = (handle: bigint, status: number, events: number): void => {
    // libuv calls us outside of Node's own callback scope, which runs promises and ticks when it ends; the
    // immediate opens one right after this poll phase.
    setImmediate(settle)
    // A failed poll is told as readable: the next read says what is wrong.
    watches
      .get(handle)
      ?.onEvents(status < 0 || (events & (UV_READABLE | UV_PRIORITIZED)) !== 0, (events & UV_WRITABLE) !== 0)
  }
  const onClosed = (handle: bigint): void => {
    watches.get(handle)?.memory.free()
    watches.delete(handle)
  }
  return {
    // Without names: koffi knows each only once in a process, and a spare holds this module once for each program.
    events: koffi.register(onPoll, koffi.pointer(koffi.proto('void (void *handle, int status, int events)'))),
    closed: koffi.register(onClosed, koffi.pointer(koffi.proto('void (void *handle)'))),
  }
}

function settle(): void {}

/**
 * Calls `onEvents` on the main loop whenever the descriptor can be read (at first) or whatever else is expected later
 * (level-triggered uv_poll), until stopped. The descriptor is made non-blocking and stays the caller's to close, after `stop`.
 *
 * @throws Error when it cannot be watched: regular files cannot
 */
export function watchDescriptor(fd: number, onEvents: OnEvents): DescriptorWatch {
  callbacks ??= registerCallbacks()
  const { events, closed } = callbacks
  const memory = new Pinned(uv_handle_size(UV_POLL))
  const handle = memory.address
  const status = uv_poll_init(uv_default_loop(), handle, fd)
  if (status < 0) {
    memory.free()
    throw new Error(`cannot watch descriptor ${fd}: uv_poll_init gave ${status}`)
  }
  watches.set(handle, { memory, onEvents })
  let stopped = false
  const watch: DescriptorWatch = {
    expect: ({ readable, writable, urgent = false }) => {
      if (stopped) return
      const wanted = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0) | (urgent ? UV_PRIORITIZED : 0)
      if (wanted === 0) uv_poll_stop(handle)
      else check(uv_poll_start(handle, wanted, events), 'uv_poll_start')
    },
    stop: () => {
      if (stopped) return
      stopped = true
      uv_poll_stop(handle)
      uv_close(handle, closed)
    },
  }
  watch.expect({ readable: true, writable: false })
  return watch
}
