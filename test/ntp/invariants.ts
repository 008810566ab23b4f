import { isLater, ntpSeconds } from '../../daemons/ntp/timestamp.ts'
import type { Asked } from './fixture.ts'

/**
 * What holds for every reply, whatever the request was. Throws with the words of what is broken.
 *
 * @param seconds Unix time of the arrival
 */
export function checkReply(question: Buffer, { reply }: Asked, seconds: number): void {
  if (reply === null) return
  const first = question[0] ?? 0
  const mode = (reply[0] ?? 0) & 7
  expectThat(question.length >= 48, 'a short datagram is not answered')
  expectThat(((reply[0] ?? 0) & 0x38) === (first & 0x38), 'the version is copied')
  expectThat(mode === ((first & 7) === 1 ? 2 : 4), 'the mode answers the mode')
  expectThat((reply[1] ?? 16) <= 15, 'the stratum fits the wire')
  expectThat(reply.subarray(24, 32).equals(question.subarray(40, 48)), 'the origin is copied')
  const [reference, origin, receive, transmit] = [16, 24, 32, 40].map((at) => [
    reply.readUInt32BE(at),
    reply.readUInt32BE(at + 4),
  ])
  if (!reference || !origin || !receive || !transmit) throw new Error('four timestamps')
  const [referenceHigh = 0, referenceLow = 0] = reference
  const [receiveHigh = 0, receiveLow = 0] = receive
  const [transmitHigh = 0, transmitLow = 0] = transmit
  expectThat(receiveHigh + receiveLow !== 0 && transmitHigh + transmitLow !== 0, 'no time is zero')
  expectThat(String(receive) !== String(origin) && String(transmit) !== String(origin), 'no time is the origin')
  expectThat(isLater(transmitHigh, transmitLow, receiveHigh, receiveLow), 'transmit is later than receive')
  expectThat(((receiveHigh - ntpSeconds(seconds)) | 0) <= 1, 'receive is the arrival')
  if (referenceHigh + referenceLow !== 0)
    expectThat(isLater(receiveHigh, receiveLow, referenceHigh, referenceLow), 'reference is earlier than receive')
}

function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`)
}
