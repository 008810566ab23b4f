import { encodeAnswer } from '../../../daemons/dhcp/v6/answer.ts'
import { MESSAGE_TYPES, OPTION } from '../../../daemons/dhcp/v6/codes.ts'
import { findLink } from '../../../daemons/dhcp/v6/find-link.ts'
import { decodeOptions, findOption } from '../../../daemons/dhcp/v6/options-codec.ts'
import { decodeDatagram, wrapAnswer } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { type DeskScenario6, SERVER } from './desk-scenario.ts'

/**
 * Sends any bytes as a batch of their own.
 *
 * @returns the answer without what is for relay agents, null for silence
 * @throws Error when the answer cannot be read, or goes back by another way than the message came
 */
export function sendBytes(scenario: DeskScenario6, bytes: Uint8Array): Uint8Array | null {
  const decoded = decodeDatagram(bytes)
  if (decoded.kind === 'malformed') return null
  const { message, relays } = decoded
  const decision = scenario.desk.take({
    ...{ message, relays, unicast: false, own: scenario.own, server: SERVER, mac: '' },
    source: 0n,
    duid: Buffer.from(message.clientId ?? []).toString('hex'),
    link: findLink(scenario.desk.book, relays, 'lan0', (plan) => plan.device),
  })
  if (!scenario.desk.settle() || decision.answer === null) return null
  const inner = encodeAnswer(message, decision.answer, Buffer.from(SERVER, 'hex'), null)
  let unwrapped = wrapAnswer(inner, relays)
  for (const relay of relays) {
    if (unwrapped[0] !== MESSAGE_TYPES['RELAY-REPL'] || unwrapped[1] !== relay.hopCount)
      throw new Error('another relay')
    unwrapped = findOption(decodeOptions(unwrapped, 34) ?? [], OPTION.relayMessage) ?? new Uint8Array(0)
  }
  if (Buffer.compare(unwrapped, inner) !== 0) throw new Error('relay agents get something else out')
  const again = decodeDatagram(unwrapped)
  if (again.kind !== 'message') throw new Error(`an answer that cannot be read: ${again.reason}`)
  if (again.message.transactionId !== message.transactionId) throw new Error('an answer to another message')
  return unwrapped
}
