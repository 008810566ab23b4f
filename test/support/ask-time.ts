import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TimeReport } from '../../daemons/ntp/time-report.ts'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import type { Box } from './box.ts'

/** What a server told to one question. */
export interface ToldTime {
  readonly leap: number
  readonly stratum: number
  readonly referenceId: number
  /** How far it is ahead of this machine's clock. */
  readonly aheadSeconds: number
  /** How far that may be off: half of the way, on which either side may have been kept from the processor. */
  readonly errorSeconds: number
}

/** Seconds from the NTP epoch to that of Unix. */
const EPOCH_SECONDS = 2_208_988_800
/** Our own clock is read in whole ones, twice. */
const MILLISECOND = 0.001

/** Asks a server of this machine for the time. @rfc 5905 section 8: the offset, and what it is bounded by */
export async function askTime(port: number): Promise<ToldTime> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const question = Buffer.alloc(48)
  question[0] = 0x23
  question.writeBigUInt64BE(1n, 40)
  const answered = once(socket, 'message')
  const askedAt = Date.now() / 1000
  socket.send(question, port, '127.0.0.1')
  const [answer] = (await answered) as [Buffer]
  const heardAt = Date.now() / 1000
  socket.close()
  const [received, sent] = [unixSecondsOf(answer, 32), unixSecondsOf(answer, 40)]
  return {
    leap: (answer[0] ?? 0) >> 6,
    stratum: answer[1] ?? 0,
    referenceId: answer.readUInt32BE(12),
    aheadSeconds: (received - askedAt + sent - heardAt) / 2,
    errorSeconds: (heardAt - askedAt - (sent - received)) / 2 + MILLISECOND,
  }
}

/** What `lanward time --json` tells, asked without blocking this process: servers of the test may answer from it. */
export async function timeReport(box: Pick<Box, 'folder'>): Promise<TimeReport> {
  const socket = join(box.folder, 'run/control.sock')
  return (await askSupervisor(socket, 'query', { service: 'ntp', question: 'time', params: {} }, 5000)) as TimeReport
}

function unixSecondsOf(answer: Buffer, at: number): number {
  return Number(answer.readBigUInt64BE(at)) / 2 ** 32 - EPOCH_SECONDS
}
