import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'
import type { Finding, KeyPath } from '../config-problem.ts'
import { formatRange, hostRange, rangeContains } from '../pieces/ipv4-range.ts'
import { RESERVATION_KEYS } from '../sections/dhcp-reservation.ts'
import type { WrittenSubnet } from '../sections/dhcp-subnet.ts'
import { checkOptionCodes, checkOwnTimes } from './dhcp-settings.ts'

/**
 * What is wrong with the reservations of one subnet.
 *
 * @param placeOf where an item of the list stands in the file
 */
export function checkReservations(subnet: WrittenSubnet, path: KeyPath, placeOf: (at: number) => number): Finding[] {
  const findings: Finding[] = []
  const hosts = hostRange(subnet.subnet)
  const addresses = new Map<string, number>()
  const clients = new Map<string, number>()
  for (const [at, reservation] of subnet.reservation.entries()) {
    const index = placeOf(at)
    const place = [...path, 'reservation', index]
    const address = parseIpv4(reservation.address) ?? 0
    if (!rangeContains(hosts, { first: address, last: address }))
      findings.push({
        path: [...place, 'address'],
        message: `must lie within ${formatRange(hosts)}, not ${formatIpv4(address)}`,
      })
    const taken = addresses.get(reservation.address)
    if (taken === undefined) addresses.set(reservation.address, index)
    else findings.push({ path: [...place, 'address'], message: `is reserved already by reservation[${taken}]` })

    if (RESERVATION_KEYS.every((key) => (reservation[key] ?? []).length === 0))
      findings.push({ path: place, message: `must have one of ${RESERVATION_KEYS.join(', ')}` })
    for (const key of RESERVATION_KEYS)
      for (const value of reservation[key] ?? []) {
        const earlier = clients.get(`${key} ${value}`)
        if (earlier === undefined) clients.set(`${key} ${value}`, index)
        else findings.push({ path: [...place, key], message: `has an address already by reservation[${earlier}]` })
      }
    findings.push(...checkOwnTimes(reservation, place), ...checkOptionCodes(reservation.options, place))
  }
  return findings
}
