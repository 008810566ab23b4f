import type { DaemonService, ForeignService, LanwardConfig } from '../../config/config.ts'
import { parseListenUrl } from '../../daemons/wire/listen-url.ts'
import type { ProgramOf } from '../child/program-of.ts'
import { isProbeDoor } from '../probes/probe-door.ts'
import { chooseProbeSubnet, chooseProbeSubnet6 } from '../probes/probe-subnet.ts'
import { PLAIN_SETUP, type ProbeSpec, type ServiceSpec, type SocketSpec } from './spec.ts'

/** Where our probes come in when none of the sockets of a service can be reached from this machine. */
const PROBE_DOOR = { udp: 'udp://127.0.0.1:0', udp6: 'udp://[::1]:0', tcp: 'tcp://127.0.0.1:0' } as const

/**
 * Turns the checked configuration into what the supervisor runs: only enabled services, in the order of starting
 * among equals. Our daemons come after syslog, so that their first lines find a store.
 *
 * @param toldPrefixes whether hosts go by IPv6 prefixes of before; see `keepsPrefixes`
 */
export function specsOf(config: LanwardConfig, programOf: ProgramOf, toldPrefixes = false): readonly ServiceSpec[] {
  return [
    ...config.daemons
      .filter(({ enabled }) => enabled)
      .map((service) => daemonSpec(service, config, programOf, toldPrefixes)),
    ...config.foreign.filter(({ enabled }) => enabled).map((service) => foreignSpec(service, config)),
  ]
}

function daemonSpec(
  service: DaemonService,
  config: LanwardConfig,
  programOf: ProgramOf,
  toldPrefixes: boolean,
): ServiceSpec {
  const { supervisor } = config
  const probe = probeOf(service)
  return {
    name: service.name,
    own: true,
    command: programOf(service.name),
    user: userOf(supervisor.user),
    ...(keepsClock(service) ? { keeps: ['sys_time'] } : {}),
    sockets: daemonSockets(service, toldPrefixes),
    after: service.name === 'syslog' ? [] : ['syslog'],
    section: sectionOf(service, config),
    setup: PLAIN_SETUP,
    stopSignal: 'SIGTERM',
    schedule: null,
    rules: {
      startTimeoutMs: supervisor.startTimeoutMs,
      stopTimeoutMs: supervisor.stopTimeoutMs,
      restart: service.restart,
      watchdogMs: supervisor.watchdogMs,
      probeEveryMs: probe === null ? null : supervisor.probeEveryMs,
      readiness: 'notify',
      scheduled: false,
    },
    probe,
  }
}

function keepsClock({ name, section }: DaemonService): boolean {
  return name === 'ntp' && 'discipline' in section
}

/** What a daemon reads as its section: the checked one, and how much it is to say. */
export function sectionOf({ section }: DaemonService, { logLevel }: LanwardConfig): unknown {
  return { ...section, logLevel }
}

function foreignSpec(service: ForeignService, { supervisor }: LanwardConfig): ServiceSpec {
  const { environment, workingDirectory, limits, notifyFd } = service
  return {
    name: service.name,
    own: false,
    command: service.command,
    user: userOf(service.user ?? supervisor.user),
    sockets: service.listen.map((text) => socketOf(text)),
    after: service.after,
    section: null,
    setup: { environment, workingDirectory, limits, notifyFd },
    stopSignal: service.stopSignal,
    schedule: service.schedule,
    rules: {
      startTimeoutMs: service.startTimeoutMs ?? supervisor.startTimeoutMs,
      stopTimeoutMs: service.stopTimeoutMs ?? supervisor.stopTimeoutMs,
      restart: service.restart,
      watchdogMs: service.watchdogMs,
      probeEveryMs: null,
      readiness: service.type === 'notify' ? 'notify' : 'spawned',
      scheduled: service.schedule !== null,
    },
    probe: null,
  }
}

function userOf(user: string): string | null {
  return user === 'self' ? null : user
}

/** Adds to the configured sockets those that follow from other keys, and the probe's door where it needs one. */
function daemonSockets(service: DaemonService, toldPrefixes: boolean): readonly SocketSpec[] {
  const listen = service.section.listen.flatMap((text) => socketsOf(text, instancesOf(service)))
  const probe = probeOf(service) ?? { protocol: service.name, giaddr: null }
  const doors = [probe, ...('beside' in probe ? [probe.beside] : [])]
    .filter((asked) => !listen.some(({ url }) => isProbeDoor(url, asked)))
    .map(probeDoorFor)
  switch (service.name) {
    case 'dhcp': {
      const attached = service.section.interfaces.flatMap((name) => [
        socketOf(`udp://0.0.0.0%${name}:67`),
        socketOf(`packet://${name}`),
        ...(service.section.subnets6.length > 0 || toldPrefixes ? [socketOf(`icmp6://${name}`)] : []),
        ...(service.section.subnets6.some(({ mode }) => mode !== 'slaac') ? [socketOf(`udp://[::%${name}]:547`)] : []),
      ])
      return [...listen, ...attached, ...doors]
    }
    case 'syslog':
    case 'ntp':
    case 'http':
      return [...listen, ...doors]
  }
}

function probeDoorFor({ protocol, giaddr }: Pick<ProbeSpec, 'protocol' | 'giaddr'>): SocketSpec {
  const door = PROBE_DOOR[giaddr?.includes(':') === true ? 'udp6' : protocol === 'http' ? 'tcp' : 'udp']
  return { ...socketOf(door), text: `${door}#probe`, probeOnly: true }
}

/** How many sockets each UDP address has. */
function instancesOf({ section }: DaemonService): number {
  return 'instances' in section && typeof section.instances === 'number' ? section.instances : 1
}

/** The sockets of one address: as many as there are to read it, for UDP, else one. */
function socketsOf(text: string, instances: number): readonly SocketSpec[] {
  const first = socketOf(text)
  if (first.url.scheme !== 'udp') return [first]
  const others = Array.from({ length: instances - 1 }, (_, index) => ({
    ...first,
    text: `${text}#${index + 2}`,
    beside: text,
  }))
  return [first, ...others]
}

function socketOf(text: string): SocketSpec {
  const url = parseListenUrl(text)
  if (url === null) throw new Error(`cannot read listen address ${text}`)
  return { text, url, probeOnly: false }
}

/** A dhcp is asked by each protocol that it serves; one that only advertises is watched by its heartbeat. */
function probeOf(service: DaemonService): ProbeSpec | null {
  if (service.name !== 'dhcp') return { protocol: service.name, giaddr: null, wants: 'address' }
  const [first, second] = [chooseProbeSubnet(service.section), chooseProbeSubnet6(service.section)].flatMap((subnet) =>
    subnet === null ? [] : [{ protocol: 'dhcp', ...subnet } as const],
  )
  if (first === undefined) return null
  return second === undefined ? first : { ...first, beside: second }
}
