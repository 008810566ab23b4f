import { createSocket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import type { ProbeTarget } from '../probes/probe-target.ts'
import type { NumberedClient } from './numbered-client.ts'

/** The program name of the messages that a drill leaves in the store. */
export const DRILL_APP = 'lanward-drill'

const LOOK_EVERY_MS = 50

/** A numbered message. @rfc 5424 section 6 */
export function drillMessage(series: number, number: number): Buffer {
  return Buffer.from(`<15>1 - - ${DRILL_APP} - - - ${series} ${number}`)
}

/**
 * Sends log messages over UDP; answered is what has come out of the store.
 *
 * @param readStored gives the texts of the stored messages of this series
 */
export function openLogClient(
  target: ProbeTarget,
  series: number,
  options: { readonly wanted: number; readonly readStored: () => Promise<readonly string[]> },
): NumberedClient {
  const socket = createSocket(target.family === 4 ? 'udp4' : 'udp6')
  socket.on('error', () => undefined)
  let sent = 0
  const look = async (): Promise<ReadonlySet<number>> => {
    const texts = await options.readStored()
    return new Set(
      texts
        .map((text) => text.split(' '))
        .flatMap(([mark, number]) => (mark === String(series) ? [Number(number)] : [])),
    )
  }
  return {
    budget: options.wanted,
    send: () => socket.send(drillMessage(series, sent++), target.port, target.host, () => undefined),
    settle: async (patienceMs) => {
      let stored = await look()
      let newsMs = performance.now()
      while (stored.size < sent && performance.now() - newsMs < patienceMs) {
        await pause(LOOK_EVERY_MS)
        const now = await look()
        if (now.size > stored.size) newsMs = performance.now()
        stored = now
      }
      return stored
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
