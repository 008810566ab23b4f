import { fstatSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { readBootId } from '../../linux/boot-id.ts'
import type { Clock, HeldSocket } from '../../runtime/contract.ts'
import type { DatagramServer } from '../../runtime/serve-datagrams.ts'
import type { DoorCount, Tally } from '../tally.ts'
import { FlightRecord, type SharedCounts } from './flight-record.ts'
import { LossLedger } from './loss-ledger.ts'
import type { DoorStanding, Standing, TargetStanding } from './minute-rows.ts'
import { recount } from './recount.ts'

/** Whom the ledger watches. */
export interface Watched {
  readonly stateDir: string
  /** Folder of the store. */
  readonly segments: string
  readonly tally: Tally
  readonly nextSeq: () => number
  readonly connections: () => number
  readonly targets: () => readonly TargetStanding[]
  readonly clock: Clock
  readonly log: Logger
}

/** The ledger of a daemon, and what it needs to be told of its datagram sockets. */
export interface OpenLedger {
  readonly ledger: LossLedger
  /** Marks for the server of one more datagram socket. */
  marks(): ReturnType<FlightRecord['open']>
  /** The counts of all marks, for other threads. */
  readonly counts: SharedCounts
  /** From now on the drops of this socket are watched. */
  watch(socket: HeldSocket, server: DatagramServer): void
  /** Called whenever messages were stored. */
  appended(): void
  /** Called whenever a stream connection has come or gone. @param open how many there are now */
  connected(open: number): void
  /** Everything is stored or told. */
  close(): void
}

/** Opens the ledger in the daemon's own folder, where it is called `ledger`; it has read nothing until its first tick. */
export function openLedger(watched: Watched): OpenLedger {
  const { stateDir, segments, tally, nextSeq, connections, targets, clock, log } = watched
  const flight = new FlightRecord(nextSeq)
  const sockets: { readonly via: string; readonly inode: number; readonly server: DatagramServer }[] = []
  const standing = (): Standing => ({
    targets: targets(),
    doors: new Map(
      Array.from(tally.doors(), ([via, door]) => {
        const servers = sockets.filter((socket) => socket.via === via).map(({ server }) => server.counters())
        return [via, doorStanding(door, servers)]
      }),
    ),
    sockets: sockets.map(({ via, inode, server }) => {
      const { dropped_before, dropped_kernel } = server.counters()
      return { via, inode, drops: (dropped_before + dropped_kernel) >>> 0 }
    }),
  })
  const sources = {
    ...{ standing, nextSeq, connections },
    recount: (from: number, to: number) => recount(segments, from, to),
    flight: flight.id,
    boot: readBootId(),
  }
  const ledger = new LossLedger({ folder: join(stateDir, 'ledger'), sources, clock, log })
  let isScheduled = false
  const appended = (): void => {
    if (isScheduled || !ledger.isDue) return
    isScheduled = true
    // Not at once: what was stored just now is not yet counted as stored.
    setImmediate(() => {
      isScheduled = false
      ledger.tick()
    })
  }
  return {
    ledger,
    appended,
    connected: (open) => flight.connected(open),
    marks: () => flight.open(),
    counts: flight.counts,
    watch: (socket, server) => void sockets.push({ via: socket.name, inode: fstatSync(socket.fd).ino, server }),
    close: () => {
      ledger.close()
      flight.close()
    },
  }
}

/** Only where our own code failed on a batch of datagrams can there be messages of which nothing else is known. */
function doorStanding(
  door: Readonly<DoorCount>,
  servers: readonly ReturnType<DatagramServer['counters']>[],
): DoorStanding {
  const { stored, probes, disk_full, disk_error, empty, rate_limited } = door
  const known = stored + disk_full + disk_error + empty + rate_limited
  const failed = servers.some(({ bug }) => bug > 0)
  const read = servers.reduce((sum, { received }) => sum + received, 0) - probes
  const bug = door.bug + (failed ? Math.max(0, read - known - door.bug) : 0)
  return { received: known + bug, stored, disk_full, disk_error, empty, rate_limited, bug }
}
