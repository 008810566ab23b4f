import { once } from 'node:events'
import type { Server } from 'node:http'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { DaemonContext, RunningDaemon } from '../runtime/contract.ts'
import { ConnectionGate } from './connection-gate.ts'
import { createHttpServer } from './http-server.ts'
import { RootWatch } from './root-watch.ts'
import type { Site } from './route.ts'
import type { HttpSection } from './section.ts'
import { createStatusSource } from './status-source.ts'
import { RequestTally } from './tally.ts'

/** Connections at the same time: a browser has six, a crowded network behind one address some dozens. */
const GATE = { seats: 512, seatsPerAddress: 128, bench: 64 }
/** Requests under way get this long at a stop. */
const DRAIN_MS = 800

/** Serves the status of the box, and files if a folder is named, on every held TCP socket. */
export async function startHttp(context: DaemonContext<HttpSection>): Promise<RunningDaemon<HttpSection>> {
  const { clock } = context
  const { listen } = context.section
  const status = createStatusSource(
    () => context.askSupervisor('status', {}),
    () => clock.monotonicMs(),
    (ms) => wait(ms, undefined, { ref: false }),
  )
  const folder = new RootWatch(context.section.root)
  await folder.look()
  let site: Site = { status, root: context.section.root }
  const tally = new RequestTally()
  const gate = new ConnectionGate(GATE)
  const sockets = context.sockets.filter((socket) => socket.url.scheme === 'tcp')
  let bug = 0
  const onBug = (error: unknown): void => {
    bug += 1
    context.log.error({ err: error }, 'cannot serve a request')
  }
  const servers: Server[] = []
  for (const socket of sockets) {
    const server = createHttpServer({ site: () => site, tally, gate, probeToken: context.probeToken, onBug })
    server.listen({ fd: socket.fd })
    await once(server, 'listening')
    servers.push(server)
  }
  return {
    status: () => `${gate.size} connection${gate.size === 1 ? '' : 's'}`,
    faults: () => [folder.fault ?? []].flat(),
    counters: () => ({ ...tally.counters(), bug }),
    answer: async () => undefined,
    reload: async (section) => {
      if (section.listen.join() !== listen.join()) throw new Error('other sockets need a restart')
      site = { status, root: section.root }
      await folder.change(section.root)
    },
    drain: async () => {
      // What has arrived already is read in these turns of the loop and so counts as under way.
      await turn()
      await turn()
      const closed = servers.map((server) => once(server, 'close'))
      for (const server of servers) server.close()
      await Promise.race([Promise.all(closed), wait(DRAIN_MS)])
      for (const server of servers) server.closeAllConnections()
    },
  }
}
