import { formatAddress } from '../../wire/address.ts'
import type { PrefixInformation, RouterAdvertisement } from './router-advertisement.ts'

/**
 * Finds what another router of the link tells hosts against what they should hear, each in words. Prefixes that only one
 * of both has are no contradiction.
 *
 * @rfc 4861 section 6.2.7
 * @param ours what the configuration wants hosts to know of the link
 * @param weAdvertise whether we tell it ourselves; else only flags and prefixes matter, which the other must tell for us
 */
export function findContradictions(
  theirs: RouterAdvertisement,
  ours: RouterAdvertisement,
  weAdvertise: boolean,
): readonly string[] {
  const yes = (flag: boolean): string => (flag ? 'set' : 'clear')
  const differ = <Key extends 'hopLimit' | 'reachableMs' | 'retransMs' | 'mtu'>(key: Key, name: string): string[] => {
    const [their, our] = [theirs[key], ours[key]]
    return weAdvertise && their && our && their !== our ? [`${name} ${their} in place of ${our}`] : []
  }
  return [
    ...(theirs.managed === ours.managed
      ? []
      : [`flag M (addresses by DHCPv6) is ${yes(theirs.managed)} in place of ${yes(ours.managed)}`]),
    // With M set, O says nothing (RFC 4861 section 4.2).
    ...(theirs.other === ours.other || (theirs.managed && ours.managed)
      ? []
      : [`flag O (the rest by DHCPv6) is ${yes(theirs.other)} in place of ${yes(ours.other)}`]),
    ...differ('hopLimit', 'hop limit'),
    ...differ('reachableMs', 'reachable time'),
    ...differ('retransMs', 'retransmission time'),
    ...differ('mtu', 'MTU'),
    ...theirs.prefixes.flatMap((prefix) => {
      const own = ours.prefixes.find((one) => one.preferredSeconds > 0 && prefixText(one) === prefixText(prefix))
      return own === undefined ? [] : prefixContradictions(prefix, own, weAdvertise)
    }),
  ]
}

function prefixContradictions(theirs: PrefixInformation, ours: PrefixInformation, weAdvertise: boolean): string[] {
  const name = prefixText(theirs)
  const times = ({ preferredSeconds, validSeconds }: PrefixInformation): string =>
    `${preferredSeconds} s/${validSeconds} s`
  if (theirs.autonomous !== ours.autonomous)
    return [`hosts ${theirs.autonomous ? 'make' : 'do not make'} themselves addresses in ${name}`]
  if (theirs.preferredSeconds === 0) return [`addresses in ${name} are called outdated`]
  return weAdvertise && times(theirs) !== times(ours)
    ? [`lifetimes of ${name} are ${times(theirs)} in place of ${times(ours)}`]
    : []
}

/** A prefix as it is called: `fd00:50::/64`. */
export function prefixText({ prefix, bits }: PrefixInformation): string {
  return `${formatAddress(prefix, 16)}/${bits}`
}
