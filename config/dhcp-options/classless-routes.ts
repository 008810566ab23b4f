import { parseIpv4, parsePrefix } from '../../daemons/wire/address.ts'
import { Complaint } from '../pieces/piece.ts'
import { addressOctets } from './octets.ts'

const WHAT = 'a route such as "10.0.0.0/8 via 192.168.50.2"'

/**
 * Encodes routes: the prefix length, as many octets of the network as it covers, the gateway.
 *
 * @rfc 3442
 * @param routes each `NETWORK/BITS via GATEWAY`; the network `default` is 0.0.0.0/0, the gateway 0.0.0.0 the link itself
 */
export function encodeRoutes(routes: readonly string[]): readonly number[] | Complaint {
  const octets: number[] = []
  for (const route of routes) {
    const [network = '', via, gateway = '', ...rest] = route.trim().split(/\s+/)
    const prefix = parsePrefix(network === 'default' ? '0.0.0.0/0' : network)
    const address = parseIpv4(gateway)
    if (prefix === null || prefix.bytes.length !== 4 || via !== 'via' || address === null || rest.length > 0)
      return new Complaint(`must be ${WHAT}, not ${JSON.stringify(route.slice(0, 60))}`)
    octets.push(prefix.bits, ...prefix.bytes.subarray(0, Math.ceil(prefix.bits / 8)), ...addressOctets(address))
  }
  return octets
}

/** Whether encoded routes hold one to everywhere. */
export function hasDefaultRoute(octets: Uint8Array): boolean {
  for (let at = 0; at < octets.length; ) {
    const bits = octets[at] ?? 0
    if (bits === 0) return true
    at += 1 + Math.ceil(bits / 8) + 4
  }
  return false
}
