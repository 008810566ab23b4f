import { readFileSync } from 'node:fs'
import { openOnLoopback } from './loopback.ts'

const FIRST = 10_000
let next = FIRST + ((process.pid * 61) % 10_000)

/**
 * A port of loopback that nobody has, for TCP and UDP. The kernel gives it to nobody who asks for any port, nor is it tried
 * again in this process: it is still free when the program that is to have it opens it.
 */
export function freePort(): number {
  const end = firstOfKernel()
  for (let tried = FIRST; tried < end; tried++) {
    const port = next++
    if (next >= end) next = FIRST
    if (isFree(port)) return port
  }
  throw new Error(`no port of ${FIRST} to ${end} is free`)
}

/** Where the ports begin that the kernel chooses from; where that is almost all of them, there is no better place. */
function firstOfKernel(): number {
  return Math.max(20_000, Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split(/\s/)[0]))
}

function isFree(port: number): boolean {
  try {
    for (const scheme of ['tcp', 'udp']) openOnLoopback(`${scheme}://127.0.0.1:${port}`)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}
