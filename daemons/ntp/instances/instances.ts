import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { writeSome } from '../../linux/descriptor-io.ts'
import { openPipe } from '../../linux/open-pipe.ts'
import { shareBySender } from '../../linux/share-by-sender.ts'
import { readSocketMemory } from '../../linux/socket-memory.ts'
import type { Clock, HeldSocket } from '../../runtime/contract.ts'
import type { ClientRecord } from '../client-record.ts'
import { ClientTable } from '../client-table.ts'
import type { Tally } from '../outcome.ts'
import type { InstanceNews, InstanceParts } from './instance.ts'
import { InstanceBoard } from './instance-board.ts'

/** An instance comes round once a second; after so long without, it hangs. */
const SILENT_MS = 10_000

export interface InstancesParts
  extends Pick<InstanceParts, 'section' | 'clock' | 'precision' | 'departures' | 'probe' | 'ntsKeys'> {
  readonly slots: number
  readonly slotBytes: number
  /** Records of the client table of each, and the secret that they hash by. */
  readonly clients: { readonly capacity: number; readonly secret: number }
  readonly log: Logger
  readonly monotonic: Clock
}

/** One thread beside the main one. */
interface Running {
  readonly worker: Worker
  readonly board: InstanceBoard
  readonly clients: ClientTable
  readonly wakeFd: number
  readonly sockets: readonly HeldSocket[]
  readonly dropsBefore: number
  turns: number
  seenMs: number
}

/**
 * Parts the held sockets among the instances: sockets of the same address go to one each, the first to the main thread.
 *
 * @returns by instance; the main thread's come first
 */
export function partSockets(sockets: readonly HeldSocket[]): readonly (readonly HeldSocket[])[] {
  const parts: HeldSocket[][] = [[]]
  const met = new Map<string, number>()
  for (const socket of sockets) {
    const index = met.get(socket.name) ?? 0
    met.set(socket.name, index + 1)
    parts[index] ??= []
    parts[index]?.push(socket)
  }
  return parts
}

/** The instances beside the main thread; each blocks a thread of its own and serves sockets of its own. */
export class Instances {
  readonly #running: Running[] = []
  readonly #monotonic: Clock

  /** @param parts the sockets of all instances, the main thread's first */
  constructor(parts: readonly (readonly HeldSocket[])[], rest: InstancesParts) {
    const { log, monotonic, clients, ...common } = rest
    this.#monotonic = monotonic
    for (const socket of parts[1] === undefined ? [] : (parts[0] ?? [])) this.#share(socket, parts, log)
    for (const sockets of parts.slice(1)) this.#running.push(this.#start(sockets, clients, common))
  }

  get isAlone(): boolean {
    return this.#running.length === 0
  }

  /** Tells all of them other settings, or another state of the clock. */
  tell(news: InstanceNews): void {
    for (const { worker, board, wakeFd } of this.#running) {
      worker.postMessage(news)
      board.announce()
      writeSome(wakeFd, WAKE)
    }
  }

  /** Adds what they counted. */
  addTo(tally: Tally): void {
    for (const { board } of this.#running) board.addTo(tally)
  }

  get clients(): number {
    return this.#running.reduce((sum, { board }) => sum + board.clients, 0)
  }

  /** Sums over their sockets, as those of a datagram server. */
  sum(name: 'waited' | 'dropped_kernel' | 'dropped_before' | 'bug'): number {
    return this.#running.reduce((sum, one) => {
      if (name === 'dropped_before') return sum + one.dropsBefore
      if (name === 'dropped_kernel') return sum + ((countDrops(one.sockets) - one.dropsBefore) >>> 0)
      return sum + one.board[name]
    }, 0)
  }

  newest(limit: number, nowMs: number): ClientRecord[] {
    return this.#running.flatMap(({ clients }) => clients.newest(limit, nowMs))
  }

  /** Which of them do not come round any more, in words. */
  faults(): readonly string[] {
    const nowMs = this.#monotonic.monotonicMs()
    return this.#running.flatMap((one, index) => {
      const { turns } = one.board
      if (turns !== one.turns) one.seenMs = nowMs
      one.turns = turns
      return nowMs - one.seenMs > SILENT_MS ? [`instance ${index + 2} hangs`] : []
    })
  }

  /** Ends them when they have served what waits. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#running.splice(0).map(async ({ worker, board, wakeFd }) => {
        const ended = new Promise((resolve) => worker.once('exit', resolve))
        board.stop()
        writeSome(wakeFd, WAKE)
        await ended
      }),
    )
  }

  #share({ fd, name, url }: HeldSocket, parts: readonly (readonly HeldSocket[])[], log: Logger): void {
    const count = parts.flat().filter((one) => one.name === name).length
    if (count < 2 || !('host' in url)) return
    try {
      shareBySender(fd, url.host.includes(':'), count)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ reason, listen: name }, 'a client may come to several instances: each limits it on its own')
    }
  }

  #start(
    sockets: readonly HeldSocket[],
    { capacity, secret }: InstancesParts['clients'],
    common: Omit<InstancesParts, 'log' | 'monotonic' | 'clients'>,
  ): Running {
    const board = new InstanceBoard()
    const memory = ClientTable.memoryFor(capacity)
    const { readEnd, writeEnd } = openPipe()
    const workerData: InstanceParts = {
      ...common,
      sockets: sockets.map((socket) => ({ fd: socket.fd, stampOnly: hasOneAddress(socket) })),
      wakeFd: readEnd,
      board: board.memory,
      clients: { memory, capacity, secret },
    }
    const worker = new Worker(workerFile(), { workerData })
    worker.unref()
    // What an instance cannot go on from, the process cannot either: the supervisor starts it anew.
    worker.on('error', (error) => {
      throw error
    })
    const clients = new ClientTable(capacity, secret, memory)
    const seenMs = this.#monotonic.monotonicMs()
    const dropsBefore = countDrops(sockets)
    return { worker, board, clients, wakeFd: writeEnd, sockets, dropsBefore, turns: 0, seenMs }
  }
}

/** Whether a socket has one address of ours: what comes was sent to it alone, and answers leave from it without being told to. */
export function hasOneAddress({ url }: HeldSocket): boolean {
  return 'host' in url && url.host !== '0.0.0.0' && url.host !== '::'
}

function countDrops(sockets: readonly HeldSocket[]): number {
  return sockets.reduce((sum, { fd }) => sum + readSocketMemory(fd).drops, 0)
}

/** The program of an instance: beside the bundle of the daemon, or its source when it runs from source. */
function workerFile(): string {
  const folder = import.meta.dirname
  return import.meta.filename.endsWith('.ts') ? join(folder, '../worker.ts') : join(folder, 'worker.cjs')
}

const WAKE = new Uint8Array(1)
