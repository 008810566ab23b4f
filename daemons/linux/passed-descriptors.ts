import { check, declare, EINTR, lastErrno, systemError } from './libc.ts'
import { Pinned } from './pinned.ts'

const sendmsg = declare<(fd: number, message: bigint, flags: number) => number>(
  'int64 sendmsg(int fd, void *message, int flags)',
)
const recvmsg = declare<(fd: number, message: bigint, flags: number) => number>(
  'int64 recvmsg(int fd, void *message, int flags)',
)

/*
 *  struct msghdr, 56 bytes: 0 msg_name   8 msg_namelen   16 msg_iov   24 msg_iovlen   32 msg_control   40 msg_controllen   48 msg_flags
 *  struct iovec,  16 bytes: 0 iov_base   8 iov_len
 *  struct cmsghdr, 16 bytes: 0 cmsg_len   8 cmsg_level   12 cmsg_type   16 the descriptors, 4 bytes each
 */
const IOVEC = 56
const CONTROL = 72
const CMSG_HEADER_BYTES = 16
const SOL_SOCKET = 1
const SCM_RIGHTS = 1
const MSG_CTRUNC = 0x8
const MSG_TRUNC = 0x20
const MSG_NOSIGNAL = 0x4000
const MSG_DONTWAIT = 0x40
const MSG_CMSG_CLOEXEC = 0x4000_0000
/** SCM_MAX_FD: the kernel passes no more at once. */
const MAX_DESCRIPTORS = 253
const CONTROL_BYTES = CMSG_HEADER_BYTES + MAX_DESCRIPTORS * 4

/** A message and the descriptors that came with it. */
export interface PassedMessage {
  readonly bytes: Buffer
  /** Ours to close; they close on exec. */
  readonly fds: readonly number[]
}

/**
 * Sends one message over a message socket, and with it descriptors (unix(7), SCM_RIGHTS): the receiver shares the sockets behind
 * them, with all that waits there. Never waits.
 *
 * @throws SystemError when the other end is gone, the message is too long (EMSGSIZE) or the queue is full (EAGAIN)
 */
export function sendDescriptors(socket: number, bytes: Uint8Array, fds: readonly number[]): void {
  const payload = new Pinned(bytes.length)
  payload.bytes.set(bytes)
  const header = headerFor(
    payload,
    bytes.length,
    fds.length === 0 ? 0 : CMSG_HEADER_BYTES + Math.ceil(fds.length / 2) * 8,
  )
  header.bytes.writeBigUInt64LE(BigInt(CMSG_HEADER_BYTES + fds.length * 4), CONTROL)
  header.bytes.writeInt32LE(SOL_SOCKET, CONTROL + 8)
  header.bytes.writeInt32LE(SCM_RIGHTS, CONTROL + 12)
  for (const [index, fd] of fds.entries()) header.bytes.writeInt32LE(fd, CONTROL + CMSG_HEADER_BYTES + index * 4)
  try {
    check(Number(sendmsg(socket, header.address, MSG_NOSIGNAL | MSG_DONTWAIT)), 'sendmsg')
  } finally {
    header.free()
    payload.free()
  }
}

/**
 * Waits for one message, holding up the whole process: for one that has nothing else to do.
 *
 * @returns null when the other end is closed
 * @throws SystemError when the message is longer than `maxBytes` (EMSGSIZE) or descriptors were lost (EMFILE)
 */
export function receiveDescriptors(socket: number, maxBytes: number): PassedMessage | null {
  const payload = new Pinned(maxBytes)
  const header = headerFor(payload, maxBytes, CONTROL_BYTES)
  try {
    let length = -1
    while (length < 0) {
      length = Number(recvmsg(socket, header.address, MSG_CMSG_CLOEXEC))
      if (length >= 0 || lastErrno() === EINTR) continue
      // What we said was never read: the other end was closed with it, by its death.
      if (lastErrno() === ECONNRESET) return null
      check(length, 'recvmsg')
    }
    const flags = header.bytes.readInt32LE(48)
    if ((flags & MSG_TRUNC) !== 0) throw systemError(EMSGSIZE, 'recvmsg')
    if ((flags & MSG_CTRUNC) !== 0) throw systemError(EMFILE, 'recvmsg')
    return length === 0 ? null : { bytes: Buffer.from(payload.bytes.subarray(0, length)), fds: descriptorsOf(header) }
  } finally {
    header.free()
    payload.free()
  }
}

const EMFILE = 24
const ECONNRESET = 104
const EMSGSIZE = 90

/** The header with its only iovec and its control area behind it. */
function headerFor(payload: Pinned, payloadBytes: number, controlBytes: number): Pinned {
  const header = new Pinned(CONTROL + CONTROL_BYTES)
  header.bytes.writeBigUInt64LE(header.address + BigInt(IOVEC), 16)
  header.bytes.writeBigUInt64LE(1n, 24)
  header.bytes.writeBigUInt64LE(controlBytes === 0 ? 0n : header.address + BigInt(CONTROL), 32)
  header.bytes.writeBigUInt64LE(BigInt(controlBytes), 40)
  header.bytes.writeBigUInt64LE(payload.address, IOVEC)
  header.bytes.writeBigUInt64LE(BigInt(payloadBytes), IOVEC + 8)
  return header
}

/** Nothing else is ever sent along: our end asks for no credentials or time stamps. */
function descriptorsOf(header: Pinned): readonly number[] {
  if (header.bytes.readBigUInt64LE(40) < BigInt(CMSG_HEADER_BYTES)) return []
  if (header.bytes.readInt32LE(CONTROL + 12) !== SCM_RIGHTS) return []
  const count = (Number(header.bytes.readBigUInt64LE(CONTROL)) - CMSG_HEADER_BYTES) / 4
  return Array.from({ length: count }, (_, index) => header.bytes.readInt32LE(CONTROL + CMSG_HEADER_BYTES + index * 4))
}
