import * as v from 'valibot'
import { descriptorsOfChild } from '../child/child.ts'
import type { FleetRecord } from '../fleet/fleet.ts'
import type { WaitingLines } from '../record/store-queue.ts'
import type { ServiceSockets } from '../sockets/held-sockets.ts'
import { FLEET, SOCKETS, WAITING_LINES } from './record-schema.ts'

/** Raised when a program that knows only the older form would go wrong with the newer one. */
const FORMAT = 1

/** All that a supervisor leaves to the program that takes its place, descriptors by their numbers. */
export interface Handover {
  readonly format: number
  /** Version of the program that wrote it. */
  readonly version: string
  /** How often the program was replaced since the process began, this time included. */
  readonly execs: number
  /** Monotonic time of the machine at which the process began. */
  readonly startedMs: number
  /** The daemons know our probes by it. */
  readonly token: string
  /** Hash of the configuration file in force. */
  readonly fileHash: string
  readonly runDir: string
  readonly stateDir: string
  readonly lockFd: number
  readonly controlFd: number
  readonly sockets: readonly ServiceSockets[]
  readonly fleet: FleetRecord
  readonly lines: WaitingLines
}

const HANDOVER: v.GenericSchema<unknown, Handover> = v.looseObject({
  format: v.literal(FORMAT),
  version: v.string(),
  execs: v.number(),
  startedMs: v.number(),
  token: v.string(),
  fileHash: v.string(),
  runDir: v.string(),
  stateDir: v.string(),
  lockFd: v.number(),
  controlFd: v.number(),
  sockets: v.array(SOCKETS),
  fleet: FLEET,
  lines: WAITING_LINES,
})

/** Writes a hand-over as this version does. */
export function encodeHandover(handover: Omit<Handover, 'format'>): string {
  return JSON.stringify({ format: FORMAT, ...handover })
}

/** Reads what this or another version wrote; a text says why it cannot be read. */
export function decodeHandover(text: string): Handover | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'it is no JSON'
  }
  const read = v.safeParse(HANDOVER, value)
  if (read.success) return read.output
  const [issue] = read.issues
  return `${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`
}

/** Every descriptor that must outlive the exec. */
export function descriptorsOf({ lockFd, controlFd, sockets, fleet }: Omit<Handover, 'format'>): readonly number[] {
  const held = sockets.flatMap(({ kept }) => kept.map(({ opened }) => opened.fd))
  const lives = fleet.services.flatMap(({ process }) =>
    process === null
      ? []
      : [...descriptorsOfChild(process.child), ...(process.notify === null ? [] : [process.notify.fd])],
  )
  return [lockFd, controlFd, ...held, ...lives]
}
