import { interfaceIndex } from './interfaces.ts'
import { check, declare } from './libc.ts'
import { Pinned } from './pinned.ts'
import { encodeLinkAddress } from './sockaddr.ts'
import { setOption, setOptionBytes } from './socket-options.ts'
import { watchReadable } from './watch-readable.ts'

const bind = declare<(fd: number, address: Uint8Array, length: number) => number>(
  'int bind(int fd, void *address, uint32_t length)',
)
const recv = declare<(fd: number, bytes: bigint, length: number, flags: number) => number>(
  'int64 recv(int fd, void *bytes, size_t length, int flags)',
)

const MSG_DONTWAIT = 0x40
const ALL_PROTOCOLS = 0x0003
const NOBODY = new Uint8Array(6)
/** Longer frames are cut. */
const FRAME_BYTES = 2048
/** Frames read in a row before others get their turn. */
const ROUND = 64

/** One instruction of a classic packet filter (linux/filter.h). */
export type FilterStep = readonly [code: number, ifTrue: number, ifFalse: number, value: number]

/** Lets nothing pass. */
const DEAF: readonly FilterStep[] = [[0x06, 0, 0, 0]]

/** A frame socket that is read. */
export interface FrameListener {
  /** Ends the reading; nothing gathers in the socket afterwards, whoever else holds it. */
  stop(): void
}

/**
 * Reads the frames of one interface that pass a filter in the kernel. Frames that leave this machine are not among them.
 *
 * @param fd a `packet://` socket; stays the caller's
 * @param onFrame gets each frame, good until it returns; must not throw
 * @throws SystemError when the interface is gone, or the filter is none
 */
export function listenToFrames(
  fd: number,
  device: string,
  filter: readonly FilterStep[],
  onFrame: (frame: Uint8Array) => void,
): FrameListener {
  // The filter first: until the socket is bound it hears nothing, and then it must not hear all.
  attachFilter(fd, filter)
  setOption(fd, 'PACKET_IGNORE_OUTGOING', 1)
  const { bytes, length } = encodeLinkAddress(interfaceIndex(device), NOBODY)
  bytes.writeUInt16BE(ALL_PROTOCOLS, 2)
  check(bind(fd, bytes, length), 'bind', device)
  const memory = new Pinned(FRAME_BYTES)
  const watch = watchReadable(fd, () => {
    for (let round = 0; round < ROUND; round++) {
      const size = Number(recv(fd, memory.address, FRAME_BYTES, MSG_DONTWAIT))
      // An interface that went down is told once; when it comes up again, so do its frames.
      if (size <= 0) return
      onFrame(memory.bytes.subarray(0, size))
    }
  })
  return {
    stop: () => {
      watch.stop()
      attachFilter(fd, DEAF)
      memory.free()
    },
  }
}

/** struct sock_filter and struct sock_fprog of linux/filter.h. */
function attachFilter(fd: number, steps: readonly FilterStep[]): void {
  const program = new Pinned(steps.length * 8)
  for (const [index, [code, ifTrue, ifFalse, value]] of steps.entries()) {
    program.bytes.writeUInt16LE(code, index * 8)
    program.bytes.writeUInt8(ifTrue, index * 8 + 2)
    program.bytes.writeUInt8(ifFalse, index * 8 + 3)
    program.bytes.writeUInt32LE(value, index * 8 + 4)
  }
  const header = Buffer.alloc(16)
  header.writeUInt16LE(steps.length, 0)
  header.writeBigUInt64LE(program.address, 8)
  try {
    setOptionBytes(fd, 'SO_ATTACH_FILTER', header)
  } finally {
    program.free()
  }
}
