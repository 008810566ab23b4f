import { existsSync, readdirSync } from 'node:fs'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { FirewallFacts, InterfaceFact } from './facts.ts'
import { readNumber, readText } from './read-text.ts'

/** Bit of linux/if.h in the flags of an interface. */
const IFF_UP = 1

/** Looks at the interfaces of this machine, those that are down too. */
export function seeInterfaces(
  folder = '/sys/class/net',
  known: Readonly<Record<string, NetworkInterfaceInfo[] | undefined>> = networkInterfaces(),
): readonly InterfaceFact[] {
  const names = existsSync(folder) ? readdirSync(folder) : Object.keys(known)
  return names.map((name) => {
    const addresses = known[name] ?? []
    const of = (family: 'IPv4' | 'IPv6'): string[] =>
      addresses.filter((one) => one.family === family).map(({ address }) => address)
    const flags = Number.parseInt(readText(`${folder}/${name}/flags`), 16)
    return {
      name,
      up: Number.isNaN(flags) ? addresses.length > 0 : (flags & IFF_UP) !== 0,
      carrier: readNumber(`${folder}/${name}/carrier`) !== 0,
      ipv4: of('IPv4'),
      ipv6: of('IPv6'),
    }
  })
}

/** Looks for a firewall with a front end that we know, and for what it lets in. */
export function seeFirewall(etc = '/etc', proc = '/proc'): FirewallFacts {
  if (/^ENABLED=yes$/m.test(readText(`${etc}/ufw/ufw.conf`))) {
    const rules = readText(`${etc}/ufw/user.rules`)
    return { program: 'ufw', open: rules === '' ? null : readUfwRules(rules) }
  }
  const runs = readdirSync(proc).some(
    (entry) => /^\d+$/.test(entry) && readText(`${proc}/${entry}/comm`) === 'firewalld\n',
  )
  return runs ? { program: 'firewalld', open: null } : { program: null, open: [] }
}

/**
 * Reads the ports that ufw lets in, from anywhere or from some networks, as `udp/514`; protocol and port may be `any`.
 * Each rule stands in a comment such as `### tuple ### allow udp 514 0.0.0.0/0 any 0.0.0.0/0 in`.
 */
export function readUfwRules(text: string): readonly string[] {
  const rules = text.matchAll(/^### tuple ### (?:allow|limit)\S* (\w+) (\S+) \S+ \S+ \S+.* in(?:_\S+)?(?: .*)?$/gm)
  return [...rules].flatMap(([, protocol = '', ports = '']) =>
    ports
      .split(',')
      .flatMap(expandRange)
      .map((port) => `${protocol}/${port}`),
  )
}

function expandRange(text: string): readonly string[] {
  const match = /^(\d+):(\d+)$/.exec(text)
  if (match === null) return [text]
  const [first, last] = [Number(match[1]), Math.min(65_535, Number(match[2]))]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => String(first + index))
}
