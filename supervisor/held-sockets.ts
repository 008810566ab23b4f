import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { closeFd, type OpenedSocket, openSocket } from '../daemons/linux/open-socket.ts'
import { readAcceptQueue, readSocketMemory } from '../daemons/linux/socket-memory.ts'
import { SystemError } from '../daemons/linux/system-error.ts'
import { formatListenUrl } from '../daemons/wire/listen-url.ts'
import { findPortHolder } from './port-holder.ts'
import type { SocketSpec } from './spec.ts'

/** Enough for some 6,000 small datagrams while a daemon is down; the kernel's default holds about 250. */
const WANTED_BUFFER_BYTES = 4 * 1024 * 1024

/** A socket in our keeping. */
export interface Kept {
  readonly spec: SocketSpec
  readonly opened: OpenedSocket
}

/**
 * All sockets of all services, by service and configured text. They live as long as the service is configured,
 * whatever becomes of its processes: what arrives meanwhile waits in them. Nobody reads them here.
 */
export class HeldSockets {
  readonly #kept = new Map<string, Map<string, Kept>>()

  /**
   * Makes the sockets of a service exactly these: opens what is missing, then closes what is no longer wanted.
   *
   * @returns the sockets in the order asked for
   * @throws Error in words for people when one cannot be opened; those that were open stay open
   */
  hold(service: string, specs: readonly SocketSpec[]): readonly Kept[] {
    const mine = this.#kept.get(service) ?? new Map<string, Kept>()
    this.#kept.set(service, mine)
    const wanted = new Set(specs.map(({ text }) => text))
    for (const [text, { opened }] of mine) {
      if (wanted.has(text)) continue
      closeFd(opened.fd)
      mine.delete(text)
    }
    return specs.map((spec) => {
      const kept = mine.get(spec.text) ?? { spec, opened: open(spec) }
      mine.set(spec.text, kept)
      return kept
    })
  }

  /**
   * Tries whether the sockets that a changed service will need can be had, and keeps those it could open.
   *
   * @returns what stands in the way, or null; a port that only our own old socket takes is no hindrance
   */
  prepare(service: string, specs: readonly SocketSpec[]): string | null {
    const mine = this.#kept.get(service) ?? new Map<string, Kept>()
    for (const spec of specs) {
      if (mine.has(spec.text)) continue
      try {
        mine.set(spec.text, { spec, opened: openSocket(spec.url, { receiveBufferBytes: WANTED_BUFFER_BYTES }) })
      } catch (error) {
        const inUse = error instanceof SystemError && error.code === 'EADDRINUSE'
        if (!inUse || findPortHolder(spec.url)?.pid !== process.pid) return refusal(spec, error)
      }
    }
    this.#kept.set(service, mine)
    return null
  }

  /** The sockets a service has now. */
  of(service: string): readonly Kept[] {
    return [...(this.#kept.get(service)?.values() ?? [])]
  }

  /** Closes the sockets of a service that is no longer configured. */
  release(service: string): void {
    for (const { opened } of this.of(service)) closeFd(opened.fd)
    this.#kept.delete(service)
  }

  close(): void {
    for (const service of [...this.#kept.keys()]) this.release(service)
  }

  /** Datagrams that the kernel threw away on the sockets of a service since they were opened. */
  drops(service: string): number {
    return this.of(service)
      .filter(({ opened }) => opened.url.scheme === 'udp' || opened.url.scheme === 'unix')
      .reduce((sum, { opened }) => sum + readSocketMemory(opened.fd).drops, 0)
  }

  /** Connections that wait to be accepted on the sockets of a service. */
  waitingConnections(service: string): number {
    return this.of(service)
      .filter(({ opened }) => opened.url.scheme === 'tcp')
      .reduce((sum, { opened }) => sum + readAcceptQueue(opened.fd), 0)
  }

  /** What the machine did not allow, in words. */
  limits(): readonly string[] {
    const small = [...this.#kept.values()]
      .flatMap((mine) => [...mine.values()])
      .map(({ opened }) => opened.receiveBufferBytes)
      .filter((bytes) => bytes !== null && bytes < WANTED_BUFFER_BYTES)
    const [bytes] = small
    if (bytes === undefined || bytes === null) return []
    return [
      `receive buffer of ${small.length} sockets is ${bytes} bytes instead of ${WANTED_BUFFER_BYTES}: fewer datagrams can wait for a restart; run: sysctl -w net.core.rmem_max=${WANTED_BUFFER_BYTES}`,
    ]
  }
}

function open(spec: SocketSpec): OpenedSocket {
  try {
    if (spec.url.scheme === 'unix') mkdirSync(dirname(spec.url.path), { recursive: true })
    return openSocket(spec.url, { receiveBufferBytes: WANTED_BUFFER_BYTES })
  } catch (error) {
    throw new Error(refusal(spec, error), { cause: error })
  }
}

/** Says why a socket was refused, who stands in the way, and what would help. */
function refusal(spec: SocketSpec, error: unknown): string {
  const subject = `cannot open ${formatListenUrl(spec.url)}`
  const code = error instanceof SystemError ? error.code : ''
  if (code === 'EADDRINUSE') {
    const holder = findPortHolder(spec.url)
    if (holder === null) return `${subject}: the port is taken by a process that is hidden from us`
    return holder.pid === process.pid
      ? `${subject}: the port is taken by another service of this supervisor`
      : `${subject}: the port is taken by ${holder.name} (pid ${holder.pid})`
  }
  if ((code === 'EACCES' || code === 'EPERM') && spec.url.scheme !== 'unix')
    return `${subject}: needs root or ${spec.url.scheme === 'packet' ? 'CAP_NET_RAW' : 'CAP_NET_BIND_SERVICE'}`
  if (code === 'EADDRNOTAVAIL') return `${subject}: this machine does not have the address (now)`
  if (code === 'ENODEV' && 'device' in spec.url) return `${subject}: there is no interface ${spec.url.device} (now)`
  return `${subject}: ${error instanceof Error ? error.message : String(error)}`
}
