import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { HolderFact } from './facts.ts'

/**
 * The command that frees a port. A unit is stopped and kept from starting again; a bare process is ended. Where a
 * program has other work on the machine that must go on, only its server is switched off.
 */
export function mendTakenPort(url: ListenUrl, holder: HolderFact): string {
  const { name, pid, unit, isLanward } = holder
  // One of its daemons would only be started again.
  if (isLanward && unit === null) return 'end that one where it was started (Ctrl-C), or give this one other ports'
  if (pid === 1) return `systemctl list-sockets, then: systemctl disable --now the one with ${portText(url)}`
  if (name === 'docker-proxy')
    return `docker ps --filter publish=${'port' in url ? url.port : ''}, then stop that container`
  if (unit === null) return `kill ${pid}`
  return SPECIAL[name]?.(unit) ?? `systemctl disable --now ${unit}`
}

/** Programs that a plain stop would not free, or whose other work is needed. */
const SPECIAL: Readonly<Record<string, (unit: string) => string>> = {
  // With port 0 it goes on keeping the clock right, which our ntp serves.
  chronyd: (unit) => `echo 'port 0' >> /etc/chrony/chrony.conf && systemctl restart ${unit}`,
  // These can only serve; somebody else must keep the clock right then.
  ntpd: (unit) => `systemctl disable --now ${unit} && systemctl enable --now systemd-timesyncd`,
  // The socket unit would start it again with the next local message.
  rsyslogd: (unit) => `systemctl disable --now ${unit} syslog.socket`,
  'syslog-ng': (unit) => `systemctl disable --now ${unit} syslog.socket`,
  'systemd-networkd': () => 'DHCPServer=no in the .network file of the interface, then: networkctl reload',
}

function portText(url: ListenUrl): string {
  return 'port' in url ? `port ${url.port}` : 'path' in url ? url.path : url.device
}
