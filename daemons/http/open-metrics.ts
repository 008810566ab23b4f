import { isWell, type ServiceStatus, type StatusDocument } from './status-document.ts'

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

const STATES = ['stopped', 'starting', 'ready', 'stopping', 'backoff', 'parked'] as const

/** Numbers among the counters of our daemons that go down as well. */
const GAUGES: ReadonlySet<string> = new Set(['connections'])

/** Services and counter names come from a configuration; this many lines are more than any can fill. */
const COUNTERS_MAX = 100

/** Writes a label value: backslash, quote and line feed are escaped. */
export function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** The report as OpenMetrics text 1.0: `# EOF` last, each family in one piece, counters end in `_total`. */
export function formatOpenMetrics(document: StatusDocument): string {
  const { services, supervisor } = document
  const label = (service: ServiceStatus): string => `service="${escapeLabel(service.name)}"`
  const gauge = (name: string, help: string, read: (service: ServiceStatus) => number | null | undefined): string[] =>
    family(
      name,
      'gauge',
      help,
      services.flatMap((service) => sample(name, label(service), read(service))),
    )
  const total = (name: string, help: string, read: (service: ServiceStatus) => number | null | undefined): string[] =>
    family(
      name,
      'counter',
      help,
      services.flatMap((service) => sample(`${name}_total`, label(service), read(service))),
    )
  const lines = [
    ...family('lanward', 'info', 'Version that runs.', [
      `lanward_info{version="${escapeLabel(supervisor.version)}"} 1`,
    ]),
    ...family('lanward_uptime_seconds', 'gauge', 'Time since the supervisor began.', [
      ...sample('lanward_uptime_seconds', '', supervisor.uptime_s),
    ]),
    ...family('lanward_time_drills', 'gauge', 'Servers of a wrong time that somebody runs on purpose.', [
      ...sample('lanward_time_drills', '', supervisor.time_drills?.length ?? 0),
    ]),
    ...gauge('lanward_service_up', '1 when the service is ready and ok, or waits for its time.', (service) =>
      isWell(service) ? 1 : 0,
    ),
    ...family(
      'lanward_service_state',
      'stateset',
      'What the supervisor sees.',
      services.flatMap((service) =>
        STATES.map(
          (state) =>
            `lanward_service_state{${label(service)},lanward_service_state="${state}"} ${service.state === state ? 1 : 0}`,
        ),
      ),
    ),
    ...total('lanward_service_restarts', 'Restarts since the supervisor began.', (service) => service.restarts),
    ...gauge('lanward_service_uptime_seconds', 'Time since the process began.', (service) => service.uptime_s),
    ...gauge('lanward_service_memory_bytes', 'Memory of the process.', (service) => service.memory_bytes),
    ...total('lanward_service_cpu_seconds', 'CPU time of the process.', (service) => service.cpu_s),
    ...gauge('lanward_service_probe_seconds', 'How long the last probe took.', (service) => probeSeconds(service)),
    ...counterFamilies(services, label),
    ...poolFamilies(services, label),
    '# EOF',
  ]
  return `${lines.join('\n')}\n`
}

/** One family per counter name over all services; names that are none in OpenMetrics are left out. */
function counterFamilies(services: readonly ServiceStatus[], label: (service: ServiceStatus) => string): string[] {
  const names = new Set(services.flatMap((service) => Object.keys(service.counters ?? {}).slice(0, COUNTERS_MAX)))
  return [...names]
    .filter((name) => /^[a-z][a-z0-9_]*$/.test(name))
    .sort()
    .flatMap((name) => {
      const full = `lanward_${name.replace(/_total$/, '')}`
      const isGauge = GAUGES.has(name)
      const samples = services.flatMap((service) =>
        sample(isGauge ? full : `${full}_total`, label(service), service.counters?.[name] ?? null),
      )
      return isGauge
        ? family(full, 'gauge', `Number of ${name} now.`, samples)
        : family(full, 'counter', `Running total of ${name}, since the process began.`, samples)
    })
}

/** How full the pools of DHCP are, as it tells in its details. */
const POOL_GAUGES = [
  ['addresses', 'Addresses of the pool that can be given to anyone.'],
  ['used', 'Addresses of the pool that are leased or set aside.'],
  ['free', 'Addresses of the pool that are free.'],
  ['hours_until_full', 'Hours until the pool is full at the growth of the last hours.'],
] as const

/** More pools than a page of metrics is for. */
const POOLS_MAX = 1000

function poolFamilies(services: readonly ServiceStatus[], label: (service: ServiceStatus) => string): string[] {
  const pools = services.flatMap((service) =>
    (service.details?.['pools'] ?? []).slice(0, POOLS_MAX).map((pool) => ({ service, pool })),
  )
  return POOL_GAUGES.flatMap(([name, help]) => {
    const full = `lanward_dhcp_pool_${name}`
    const samples = pools.flatMap(({ service, pool }) => {
      const [subnet, range, value] = [pool['subnet'], pool['pool'], pool[name]]
      if (typeof subnet !== 'string' || typeof range !== 'string' || typeof value !== 'number') return []
      return sample(full, `${label(service)},subnet="${escapeLabel(subnet)}",pool="${escapeLabel(range)}"`, value)
    })
    return family(full, 'gauge', help, samples)
  })
}

function probeSeconds(service: ServiceStatus): number | null {
  const milliseconds = service.probe?.latency_ms
  return typeof milliseconds === 'number' ? milliseconds / 1000 : null
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  if (samples.length === 0) return []
  const unit = /_(seconds|bytes)$/.exec(name)?.[1]
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples,
  ]
}

function sample(name: string, labels: string, value: number | null | undefined): string[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) return []
  return [`${name}${labels === '' ? '' : `{${labels}}`} ${value}`]
}
