import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { closeFd, type OpenedSocket, openAmid, openBeside } from '../../daemons/linux/open-socket.ts'
import { readAcceptQueue, readSocketMemory } from '../../daemons/linux/socket-memory.ts'
import { SystemError } from '../../daemons/linux/system-error.ts'
import { formatListenUrl, isStream, type ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { SocketSpec } from '../spec/spec.ts'
import { findPortHolder } from './port-holder.ts'
import { RECEIVE_BUFFER_BYTES } from './receive-buffer.ts'
import { absentDeviceText, isAbsence, isWithoutIpv6, refusalText } from './socket-refusal.ts'
import { isStale, newNameOf } from './stale-socket.ts'

/** A socket in our keeping. */
export interface Kept {
  readonly spec: SocketSpec
  readonly opened: OpenedSocket
}

/** A socket that the machine cannot give now. */
export interface Absent {
  readonly spec: SocketSpec
  readonly why: string
}

/** The sockets of one service, as plain data. */
export interface ServiceSockets {
  readonly service: string
  readonly kept: readonly Kept[]
  readonly absent: readonly Absent[]
}

/**
 * All sockets of all services, by service and configured text. They live as long as the service is configured,
 * whatever becomes of its processes: what arrives meanwhile waits in them. Nobody reads them here.
 */
export class HeldSockets {
  readonly #kept = new Map<string, Map<string, Kept>>()
  /** What could not be opened at the last start, by service. */
  readonly #absent = new Map<string, readonly Absent[]>()
  /** Opened for a configuration that is not taken over yet. */
  #prepared: { readonly service: string; readonly kept: Kept }[] = []

  /**
   * Makes the sockets of a service exactly these: opens what is missing, then closes what is no longer wanted.
   * An address or interface that the machine does not have is left out and remembered, as long as another is there.
   *
   * @returns the sockets in the order asked for
   * @throws Error in words for people when one cannot be opened; those that were open stay open
   */
  hold(service: string, specs: readonly SocketSpec[]): readonly Kept[] {
    const mine = this.#kept.get(service) ?? new Map<string, Kept>()
    this.#kept.set(service, mine)
    this.#closeStale(service)
    const wanted = new Set(specs.map(({ text }) => text))
    for (const [text, { opened }] of mine) {
      if (wanted.has(text)) continue
      closeSocket(opened)
      mine.delete(text)
    }
    const absent: Absent[] = []
    const held: Kept[] = []
    for (const spec of specs) {
      try {
        const kept = mine.get(spec.text) ?? { spec, opened: open(spec, mine) }
        mine.set(spec.text, kept)
        held.push(kept)
      } catch (error) {
        absent.push({ spec, why: refusalText(spec, error) })
        this.#absent.set(service, absent)
        if (!isAbsence(error)) throw new Error(refusalText(spec, error), { cause: error })
      }
    }
    this.#absent.set(service, absent)
    if (held.length === 0 && absent[0] !== undefined) throw new Error(absent[0].why)
    return held
  }

  /**
   * Tries again to open what could not be opened: the machine did not have it, or somebody else did. What is bound to
   * an interface that has gone since is closed, and absent until the interface is there again.
   *
   * @returns whether something is there now that was not
   */
  retry(service: string): boolean {
    this.#closeStale(service)
    const mine = this.#kept.get(service)
    let found = false
    for (const { spec } of this.#absent.get(service) ?? []) {
      try {
        mine?.set(spec.text, { spec, opened: open(spec, mine) })
        found = true
      } catch {
        // As before, or refused for another reason, which the next start tells.
      }
    }
    return found
  }

  #closeStale(service: string): void {
    const stale = this.of(service).filter(({ opened }) => isStale(opened))
    if (stale.length === 0) return
    for (const { spec, opened } of stale) {
      closeSocket(opened)
      this.#kept.get(service)?.delete(spec.text)
    }
    const gone = stale.map(({ spec }) => ({ spec, why: absentDeviceText(spec) }))
    this.#absent.set(service, [...(this.#absent.get(service) ?? []), ...gone])
  }

  /** What a service should listen on and cannot (as it is told to), in words; IPv6 on a machine without any is a limit, not a fault. */
  absences(service: string): readonly string[] {
    const why = (this.#absent.get(service) ?? []).filter(({ spec }) => !isWithoutIpv6(spec)).map((one) => one.why)
    const renamed = this.of(service).flatMap(({ opened }) => {
      const name = newNameOf(opened)
      return name === null || !('device' in opened.url) ? [] : [`interface ${opened.url.device} is called ${name} now`]
    })
    return [...new Set([...why, ...renamed])]
  }

  /**
   * Tries whether the sockets that a changed service will need can be had, and opens those. `settle` must follow.
   *
   * @returns what stands in the way, or null; a port that only our own old socket takes is no hindrance, nor is an
   * address that the machine does not have, if there is another
   */
  prepare(service: string, specs: readonly SocketSpec[]): string | null {
    const mine = this.#kept.get(service) ?? new Map<string, Kept>()
    this.#kept.set(service, mine)
    const absent: string[] = []
    for (const spec of specs) {
      if (mine.has(spec.text)) continue
      try {
        const kept = { spec, opened: open(spec, mine) }
        mine.set(spec.text, kept)
        this.#prepared.push({ service, kept })
      } catch (error) {
        const inUse = error instanceof SystemError && error.code === 'EADDRINUSE'
        if (isAbsence(error)) absent.push(refusalText(spec, error))
        else if (!inUse || findPortHolder(spec.url)?.pid !== process.pid) return refusalText(spec, error)
      }
    }
    return absent.length === specs.length ? (absent[0] ?? null) : null
  }

  /** Keeps what was prepared, or, when the new configuration is refused, closes it again. */
  settle(isTaken: boolean): void {
    if (!isTaken)
      for (const { service, kept } of this.#prepared) {
        closeSocket(kept.opened)
        this.#kept.get(service)?.delete(kept.spec.text)
      }
    this.#prepared = []
  }

  /** All sockets, as plain data with which another program of this process can go on. */
  record(): readonly ServiceSockets[] {
    return [...this.#kept.keys()].map((service) => ({
      service,
      kept: this.of(service),
      absent: this.#absent.get(service) ?? [],
    }))
  }

  /** Takes over what an earlier program of this process held. */
  adopt(records: readonly ServiceSockets[]): void {
    for (const { service, kept, absent } of records) {
      this.#kept.set(service, new Map(kept.map((one) => [one.spec.text, one])))
      this.#absent.set(service, absent)
    }
  }

  /** The sockets a service has now. */
  of(service: string): readonly Kept[] {
    return [...(this.#kept.get(service)?.values() ?? [])]
  }

  /** Closes the sockets of a service that is no longer configured. */
  release(service: string): void {
    for (const { opened } of this.of(service)) closeSocket(opened)
    this.#kept.delete(service)
    this.#absent.delete(service)
  }

  close(): void {
    for (const service of [...this.#kept.keys()]) this.release(service)
  }

  /** Datagrams that the kernel threw away on each socket of a service since it was opened, by configured text. */
  drops(service: string): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.of(service)
        .filter(({ opened }) => !isStream(opened.url))
        .map(({ spec, opened }) => [spec.text, readSocketMemory(opened.fd).drops]),
    )
  }

  /** Connections that wait to be accepted on the sockets of a service. */
  waitingConnections(service: string): number {
    return this.of(service)
      .filter(({ opened }) => opened.url.scheme === 'tcp' || opened.url.scheme === 'tls')
      .reduce((sum, { opened }) => sum + readAcceptQueue(opened.fd), 0)
  }

  /** What the machine did not allow, in words. */
  limits(): readonly string[] {
    const withoutIpv6 = [...this.#absent.values()].flat().filter(({ spec }) => isWithoutIpv6(spec))
    const words =
      withoutIpv6.length === 0
        ? []
        : [
            `this machine has no IPv6: not listening on ${[...new Set(withoutIpv6.map(({ spec }) => formatListenUrl(spec.url)))].join(', ')}`,
          ]
    const small = [...this.#kept.values()]
      .flatMap((mine) => [...mine.values()])
      .map(({ opened }) => opened.receiveBufferBytes)
      .filter((bytes) => bytes !== null && bytes < RECEIVE_BUFFER_BYTES)
    const [bytes] = small
    if (bytes === undefined || bytes === null) return words
    return [
      ...words,
      `receive buffer of ${small.length} sockets is ${bytes} bytes instead of ${RECEIVE_BUFFER_BYTES}: fewer datagrams can wait for a restart; run: sysctl -w net.core.rmem_max=${RECEIVE_BUFFER_BYTES}`,
    ]
  }
}

/** A path without a socket behind it is only in the way. */
function closeSocket({ fd, url }: OpenedSocket): void {
  closeFd(fd)
  if ('path' in url && !url.path.startsWith('@')) rmSync(url.path, { force: true })
}

/** @param mine the sockets of the service, among which those are whose address or port it may share */
function open(spec: SocketSpec, mine: ReadonlyMap<string, Kept>): OpenedSocket {
  const first = spec.beside === undefined ? undefined : mine.get(spec.beside)
  if (first !== undefined) return openBeside(first.opened, { receiveBufferBytes: RECEIVE_BUFFER_BYTES })
  if ('path' in spec.url) mkdirSync(dirname(spec.url.path), { recursive: true })
  const others = [...mine.values()].map(({ opened }) => opened).filter(({ url }) => isRival(url, spec.url))
  return openAmid(others, spec.url, { receiveBufferBytes: RECEIVE_BUFFER_BYTES })
}

/** Whether two sockets of a service have one port, of which one is bound to an interface and the other is not. */
function isRival(one: ListenUrl, other: ListenUrl): boolean {
  if (one.scheme !== 'udp' || other.scheme !== 'udp') return false
  return one.port === other.port && (one.device === null) !== (other.device === null)
}
