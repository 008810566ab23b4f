import type { Facts, SocketFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf(
  'firewall',
  'packets that it stops never reach a socket: clients get no answer, and nothing is counted',
)

/** Whether a firewall with a front end that we know lets our ports in. Loopback is never stopped. */
export function checkFirewall({ firewall, sockets }: Pick<Facts, 'firewall' | 'sockets'>): readonly Finding[] {
  const { program, open } = firewall
  const ports = [...new Set(sockets.flatMap(publicPort))]
  if (program === null || ports.length === 0) return []
  if (program === 'firewalld')
    return [
      about.warn(
        `firewalld is on; whether it lets ${ports.join(', ')} in is not seen from here`,
        letIn[program](ports),
      ),
    ]
  if (open === null) return [about.warn(`${program} is on, and its rules are hidden from us`, 'sudo lanward doctor')]
  const closed = ports.filter((port) => !isOpen(port, open))
  if (closed.length === 0) return [about.ok(`${program} is on and lets ${ports.join(', ')} in`)]
  return [about.warn(`${program} is on and does not let ${closed.join(', ')} in`, letIn[program](closed))]
}

/** `udp/514`; nothing for what only this machine can reach. */
function publicPort({ url }: SocketFact): readonly string[] {
  if (!('port' in url) || url.port === 0) return []
  if (url.host.startsWith('127.') || url.host === '::1') return []
  return [`${url.scheme === 'udp' ? 'udp' : 'tcp'}/${url.port}`]
}

function isOpen(port: string, open: readonly string[]): boolean {
  const [protocol = '', number = ''] = port.split('/')
  return [port, `any/${number}`, `${protocol}/any`, 'any/any'].some((rule) => open.includes(rule))
}

/** The command that lets ports in, by firewall; both write `514/udp`. */
const letIn = {
  ufw: (ports: readonly string[]): string => ports.map((port) => `ufw allow ${turn(port)}`).join(' && '),
  firewalld: (ports: readonly string[]): string =>
    `firewall-cmd --permanent ${ports.map((port) => `--add-port=${turn(port)}`).join(' ')} && firewall-cmd --reload`,
} as const

function turn(port: string): string {
  return port.split('/').reverse().join('/')
}
