import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A time server in this process, with the machine's clock or a wrong one. */
export interface TimeServer extends Disposable {
  readonly port: number
}

/** Starts one of stratum 2 that knows neither keys nor the interleaved mode. @param aheadSeconds how wrong its clock is */
export async function startTimeServer(aheadSeconds = 0): Promise<TimeServer> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => {
    const answer = Buffer.alloc(48)
    answer.set([0x24, 2, 6, -20 & 0xff])
    answer.writeUInt32BE(0x7f7f_0101, 12)
    question.copy(answer, 24, 40, 48)
    const now = BigInt(Math.round((Date.now() / 1000 + aheadSeconds + 2_208_988_800) * 2 ** 20)) << 12n
    for (const at of [16, 32, 40]) answer.writeBigUInt64BE(BigInt.asUintN(64, now), at)
    socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { port: socket.address().port, [Symbol.dispose]: () => socket.close() }
}
