import { formatHex } from '../message/hex.ts'
import type { Asked, BindingDesk } from './binding-desk.ts'
import { type Decision6, plainReply } from './decision.ts'
import { uuidDuidOf } from './duid.ts'

/**
 * The DUID of the supervisor's own health probe in hex: its token as a UUID, which nobody else can know.
 *
 * @param token 16 octets
 */
export function probeDuid(token: Uint8Array): string {
  return formatHex(uuidDuidOf(token))
}

/** Whether the supervisor asks, by a message that changes nothing. @param probe its DUID; null = there is no supervisor */
export function isProbe6({ duid, message }: Asked, probe: string | null): boolean {
  const { type, rapidCommit } = message
  return duid === probe && (type === 'INFORMATION-REQUEST' || (type === 'SOLICIT' && !rapidCommit))
}

/** Decides as for any client, but where that one would hear nothing, or no lease can be stored, a probe hears a no. */
export function decideProbe6(desk: BindingDesk, asked: Asked): Decision6 {
  desk.prove()
  const decision = desk.take(asked)
  const no = desk.fault ?? (decision.answer === null ? decision.reason : null)
  return no === null ? decision : { ...decision, answer: plainReply({ name: 'unspecFail', message: no }) }
}
