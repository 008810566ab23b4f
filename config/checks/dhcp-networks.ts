import type { Finding } from '../config-problem.ts'
import type { WrittenDhcp } from '../sections/dhcp.ts'
import { subnetName } from '../sections/dhcp-subnet.ts'
import { checkOptionCodes, checkOwnTimes } from './dhcp-settings.ts'

/** What is wrong with shared networks. */
export function checkNetworks({ shared_network: networks, subnet: subnets }: WrittenDhcp): Finding[] {
  const known = new Set(subnets.map(subnetName))
  const owners = new Map<string, string>()
  return networks.flatMap((network, index) => {
    const path = ['dhcp', 'shared_network', index]
    const twice = networks.findIndex(({ name }) => name === network.name) < index
    const members = network.subnets.flatMap((subnet, at): Finding[] => {
      const name = subnetName({ subnet })
      const place = [...path, 'subnets', at]
      const owner = owners.get(name)
      owners.set(name, network.name)
      if (owner !== undefined) return [{ path: place, message: `${name} belongs to "${owner}" already` }]
      return known.has(name) ? [] : [{ path: place, message: `${name} is no [[dhcp.subnet]] of this file` }]
    })
    return [
      ...(twice ? [{ path: [...path, 'name'], message: `"${network.name}" is given twice` }] : []),
      ...members,
      ...checkOwnTimes(network, path),
      ...checkOptionCodes(network.options, path),
    ]
  })
}
