import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { parseAddress, parsePrefix, prefixContains } from '../../daemons/wire/address.ts'
import type { Facts, InterfaceFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('interfaces', 'devices on this LAN get no address')

/** The LANs that dhcp serves directly: there, up, plugged in, and ours by an address in a subnet that is served. */
export function checkInterfaces({
  configuration,
  interfaces,
}: Pick<Facts, 'configuration' | 'interfaces'>): readonly Finding[] {
  if (configuration.kind === 'wrong') return []
  return configuration.config.daemons.flatMap((daemon) =>
    daemon.name === 'dhcp' && daemon.enabled
      ? [
          ...daemon.section.interfaces.map((name) => judge(name, interfaces, daemon.section)),
          ...daemon.section.subnets6.flatMap((subnet) => judgeIpv6(subnet, interfaces, daemon.section)),
        ]
      : [],
  )
}

function judge(name: string, interfaces: readonly InterfaceFact[], section: DhcpSection): Finding {
  const known = interfaces.find((one) => one.name === name)
  if (known === undefined) {
    const others = interfaces.map((one) => one.name).filter((other) => other !== 'lo')
    return about.fail(
      `there is no interface ${name}; there are ${others.join(', ') || 'none'}`,
      `[dhcp] interfaces in the configuration`,
    )
  }
  if (!known.up) return about.fail(`${name} is down`, `ip link set ${name} up`)
  if (section.subnets.length === 0) return about.ok(`${name} is up`)
  const home = section.subnets.find(({ subnet }) => known.ipv4.some((address) => contains(subnet, address)))
  if (home === undefined) {
    const has = known.ipv4.length === 0 ? 'has no IPv4 address' : `has only ${known.ipv4.join(', ')}`
    return about.fail(`${name} ${has}, in none of the subnets of [dhcp]`, suggestAddress(name, section))
  }
  if (!known.carrier) return about.warn(`${name} is up, but no cable is plugged in`, null)
  return about.ok(`${name} is up, with ${known.ipv4.join(', ')} in ${home.subnet}`)
}

/** Where an IPv6 subnet is, among interfaces that are there. */
function judgeIpv6(
  { subnet, interface: named }: DhcpSection['subnets6'][number],
  interfaces: readonly InterfaceFact[],
  section: DhcpSection,
): readonly Finding[] {
  const served = interfaces.filter(
    ({ name, up }) => up && (named === null ? section.interfaces : [named]).includes(name),
  )
  const [first] = served
  if (first === undefined) return []
  if (served.every(({ ipv6 }) => ipv6.length === 0))
    return [
      about.fail(`${first.name} has no IPv6, for ${subnet}`, `sysctl -w net.ipv6.conf.${first.name}.disable_ipv6=0`),
    ]
  const home = named === null ? served.find(({ ipv6 }) => ipv6.some((address) => contains(subnet, address))) : first
  return home === undefined
    ? [
        about.fail(
          `no interface of [dhcp] has an address in ${subnet}`,
          `ip address add ${subnet.replace('::/', '::1/')} dev ${first.name}`,
        ),
      ]
    : [about.ok(`${subnet} is on ${home.name}`)]
}

function contains(subnet: string, address: string): boolean {
  const prefix = parsePrefix(subnet)
  const bytes = parseAddress(address)
  return prefix !== null && bytes !== null && prefixContains(prefix, bytes, bytes.length === 4 ? 4 : 16, 0)
}

/** The router of the first subnet is usually this machine. */
function suggestAddress(name: string, { subnets }: DhcpSection): string | null {
  const [first] = subnets
  if (first === undefined) return null
  const [network = '', length = ''] = first.subnet.split('/')
  const router = first.routers[0] ?? network.replace(/\d+$/, (last) => String(Number(last) + 1))
  return `ip address add ${router}/${length} dev ${name}`
}
