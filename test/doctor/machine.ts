import { checkConfig } from '../../config/load-config.ts'
import type { ServiceReport } from '../../supervisor/control/control-protocol.ts'
import type {
  ConfigurationFacts,
  Facts,
  FolderFact,
  HolderFact,
  InterfaceFact,
  SocketFact,
} from '../../supervisor/doctor/facts.ts'
import { specsOf } from '../../supervisor/spec/spec-of.ts'
import { statusReport } from '../cli/reports.ts'
import { listenUrl } from '../support/loopback.ts'

const GIB = 2 ** 30

/** A configuration that uses everything. */
export const LAN = `
[supervisor]
user = "lanward"
[syslog]
listen = ["udp://0.0.0.0:514", "tcp://0.0.0.0:514", "unix:///run/lanward/log.sock"]
[ntp]
listen = ["udp://0.0.0.0:123"]
[dhcp]
interfaces = ["eth1"]
[[dhcp.subnet]]
subnet = "192.168.50.0/24"
pools = ["192.168.50.100-192.168.50.199"]
routers = ["192.168.50.1"]
[http]
listen = ["tcp://127.0.0.1:8080"]
`

/** The configuration of a text, as the checks get it. */
export function configured(text = LAN): ConfigurationFacts {
  const file = '/etc/lanward/lanward.toml'
  const loaded = checkConfig(text, file, '')
  if (loaded.kind === 'wrong') return { kind: 'wrong', file, problems: loaded.problems }
  const specs = specsOf(loaded.config, (daemon) => ['/usr/bin/node', `/usr/lib/lanward/${daemon}.cjs`])
  return { kind: 'ok', file, config: loaded.config, specs, warnings: loaded.warnings }
}

/** A free socket of a service. */
export function socketFact(text: string, changes: Partial<SocketFact> = {}): SocketFact {
  return { service: 'ntp', url: listenUrl(text), trial: 'free', holder: null, ...changes }
}

/** Refused because somebody has the port. */
export const TAKEN = { code: 'EADDRINUSE', message: 'bind: address already in use (EADDRINUSE)' }

export function holderFact(changes: Partial<HolderFact> = {}): HolderFact {
  return { pid: 812, name: 'chronyd', unit: 'chrony.service', script: null, own: false, isLanward: false, ...changes }
}

export function folderFact(changes: Partial<FolderFact> = {}): FolderFact {
  return {
    path: '/var/lib/lanward',
    exists: true,
    writable: true,
    obstacle: null,
    fileSystem: 'ext4',
    freeBytes: 50 * GIB,
    totalBytes: 100 * GIB,
    freeInodes: 1_000_000,
    totalInodes: 2_000_000,
    ...changes,
  }
}

export function interfaceFact(changes: Partial<InterfaceFact> = {}): InterfaceFact {
  return { name: 'eth1', up: true, carrier: true, ipv4: ['192.168.50.1'], ipv6: ['fe80::1'], ...changes }
}

/** A supervisor that runs these services. */
export function running(...services: ServiceReport[]): Facts['supervisor'] {
  return { kind: 'running', report: statusReport(...services) }
}

/** A machine with nothing wrong, before lanward is started; a test changes what it is about. */
export function machine(changes: Partial<Facts> = {}): Facts {
  return {
    runtime: { version: '24.1.0', execPath: '/usr/bin/node', systemCallError: null, installed: '0.1.0' },
    configuration: configured(),
    supervisor: { kind: 'absent', message: 'no supervisor answers' },
    rights: { uid: 0, name: 'root', capabilities: (1n << 41n) - 1n, inUserNamespace: false },
    sockets: [socketFact('udp://0.0.0.0:123'), socketFact('udp://0.0.0.0:514', { service: 'syslog' })],
    users: [{ name: 'lanward', user: { name: 'lanward', uid: 900, gid: 900, home: '/' }, obstacle: null }],
    programs: [],
    kernel: { rmemMax: 212_992, grantedBytes: 4 << 20, somaxconn: 4096, unixQueue: 512 },
    folders: {
      state: folderFact(),
      run: folderFact({ path: '/run/lanward', fileSystem: 'tmpfs' }),
      unwritable: [],
      storedBytes: 0,
    },
    clock: { nowMs: Date.UTC(2026, 5, 1), synchronised: true, newest: null, hasHardwareClock: true },
    descriptors: { limit: 524_288, supervisorLimit: null, openOnMachine: 2000, maxOnMachine: 1_000_000 },
    memory: {
      totalBytes: 4 * GIB,
      availableBytes: 2 * GIB,
      swapTotalBytes: GIB,
      swapFreeBytes: GIB,
      groupFreeBytes: null,
      pressure: 0,
      kills: 0,
      oomScore: null,
    },
    interfaces: [interfaceFact({ name: 'lo', ipv4: ['127.0.0.1'], ipv6: ['::1'] }), interfaceFact()],
    firewall: { program: null, open: [] },
    localLog: { target: '/run/systemd/journal/dev-log', holder: null },
    secrets: [],
    files: [],
    timeDrills: [],
    ...changes,
  }
}
