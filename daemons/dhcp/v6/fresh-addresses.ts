import { bindingKey } from './binding.ts'
import type { Decision6, Inquiry6 } from './decision.ts'

/**
 * The addresses that a decision promises to a client that never had them, to be asked about on the link before. One that
 * the client names may be its own already, and the hardware address by which we know it that of another of its cards: such
 * a one is left to its own look (RFC 4862 section 5.4).
 */
export function freshAddresses(
  { message, duid, link }: Pick<Inquiry6, 'message' | 'duid' | 'link'>,
  { answer }: Decision6,
): readonly bigint[] {
  if (message.type !== 'SOLICIT' || answer === null) return []
  const named = new Set(message.associations.flatMap(({ addresses }) => addresses))
  return answer.associations.flatMap(({ iaid, addresses }) => {
    const key = bindingKey({ duid, iaid })
    const isKnown = (address: bigint): boolean =>
      link.some((subnet) => {
        const binding = subnet.at(address)
        return binding !== undefined && bindingKey(binding) === key
      })
    return addresses.flatMap(({ address }) => (named.has(address) || isKnown(address) ? [] : address))
  })
}
