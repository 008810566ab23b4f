import { type Decision6, type Inquiry6, ignore6, plainReply } from './decision.ts'

/**
 * Decides about an INFORMATION-REQUEST: the client gets the settings of its link that it asks for.
 *
 * @rfc 8415 section 18.3.6; it may stay without a name
 */
export function decideInformation({ link }: Inquiry6): Decision6 {
  return {
    ...ignore6('information', 'it gets the settings of its link'),
    answer: plainReply(null, link[0]?.plan ?? null),
  }
}
