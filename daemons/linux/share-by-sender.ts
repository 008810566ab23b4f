import { Pinned } from './pinned.ts'
import { setOptionBytes } from './socket-options.ts'

/** linux/bpf_common.h: load a word of the packet, move it to X, arithmetic with a constant or X, return. */
const LD_W_ABS = 0x20
const TAX = 0x07
const XOR_X = 0xac
const MUL_K = 0x24
const RSH_K = 0x74
const MOD_K = 0x94
const RET_A = 0x16

/** Offsets from here on count from the header of the network layer. */
const NET = 0xfff0_0000
const IPV4_SOURCE = 12
const IPV6_SOURCE = 8

/**
 * Shares datagrams among the sockets of one address by the sender's IP address alone: all that one host sends, from whatever port, comes
 * to the same socket. Without that the kernel looks at the port as well.
 *
 * @param fd one of these sockets (SO_REUSEPORT), opened one after the other; count: how many there are
 * @throws SystemError when the kernel refuses
 */
export function shareBySender(fd: number, isIpv6: boolean, count: number): void {
  const load = isIpv6
    ? [
        [LD_W_ABS, NET + IPV6_SOURCE],
        [TAX, 0],
        [LD_W_ABS, NET + IPV6_SOURCE + 4],
        [XOR_X, 0],
        [TAX, 0],
        [LD_W_ABS, NET + IPV6_SOURCE + 8],
        [XOR_X, 0],
        [TAX, 0],
        [LD_W_ABS, NET + IPV6_SOURCE + 12],
        [XOR_X, 0],
      ]
    : [[LD_W_ABS, NET + IPV4_SOURCE]]
  const program = [...load, [MUL_K, 0x9e37_79b1], [RSH_K, 16], [MOD_K, count], [RET_A, 0]]
  // struct sock_filter: u16 code, u8 jt, u8 jf, u32 k; struct sock_fprog: u16 length, pointer.
  const filter = new Pinned(program.length * 8)
  for (const [index, [code = 0, value = 0]] of program.entries()) {
    filter.bytes.writeUInt16LE(code, index * 8)
    filter.bytes.writeUInt32LE(value, index * 8 + 4)
  }
  const option = Buffer.alloc(16)
  option.writeUInt16LE(program.length, 0)
  option.writeBigUInt64LE(filter.address, 8)
  try {
    setOptionBytes(fd, 'SO_ATTACH_REUSEPORT_CBPF', option)
  } finally {
    filter.free()
  }
}
