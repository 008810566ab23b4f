import type {
  ExitReport,
  ServiceReport,
  SocketReport,
  StatusReport,
  WhyReport,
} from '../../supervisor/control/control-protocol.ts'

/** A service in good order; rows of a table change what they are about. */
export function serviceReport(changes: Partial<ServiceReport> = {}): ServiceReport {
  return {
    name: 'ntp',
    state: 'ready',
    health: 'ok',
    reason: null,
    pid: 123,
    uptime_s: 11.9,
    restarts: 0,
    status: 'local stratum 10, 3 clients',
    listen: ['udp://127.0.0.1:1123'],
    probe: { ok: true, latency_ms: 0.7, age_s: 2.1, error: null },
    last_exit: null,
    schedule: null,
    next_retry_s: null,
    memory_bytes: 45_000_000,
    processes: null,
    cpu_s: 0.4,
    account: null,
    counters: { received: 10, answered: 10 },
    sockets: [],
    ...changes,
  }
}

/** A UDP socket in which nothing lies. */
export function socketReport(changes: Partial<SocketReport> = {}): SocketReport {
  return {
    listen: 'udp://127.0.0.1:1123',
    queued_bytes: 0,
    buffer_bytes: 8 << 20,
    dropped: 0,
    waiting: null,
    backlog: null,
    ...changes,
  }
}

export function statusReport(...services: ServiceReport[]): StatusReport {
  return {
    supervisor: {
      pid: 1,
      version: '0.1.0',
      execs: 0,
      uptime_s: 3725,
      config: '/etc/lanward/lanward.toml',
      config_changed: false,
      health: services.every(({ health }) => health === 'ok') ? 'ok' : 'degraded',
      limits: [],
      spare: { state: 'ready', pid: 4711, memory_bytes: 16 << 20 },
      kill_scope: 'cgroup',
      time_drills: [],
    },
    services,
  }
}

export function exitReport(changes: Partial<ExitReport> = {}): ExitReport {
  return {
    at: '2026-01-02T03:04:05.678Z',
    code: null,
    signal: 'SIGKILL',
    reason: 'signal',
    gap_ms: 83.1,
    queued: 12,
    dropped: 0,
    ...changes,
  }
}

export function whyReport(changes: Partial<WhyReport> = {}): WhyReport {
  return {
    service: serviceReport(),
    wanted: 'up',
    exits: [{ ...exitReport(), life: 3, last_lines: ['first line', 'last line'] }],
    restart_limit: { restarts: 5, within_s: 30, used: 1 },
    next: 'nothing; it is ready',
    time_drills: [],
    ...changes,
  }
}
