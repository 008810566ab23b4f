import { isWell } from '../cli/is-well.ts'
import type { ServiceReport, StatusReport } from '../control/control-protocol.ts'
import { isConfigChanged } from '../fleet/config-changed.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('supervisor', 'it holds the sockets, runs the services and starts them again')
const service = findingsOf('service', 'clients that lean on it get no answer, or a worse one')
const limit = findingsOf('limit', 'the supervisor does less than it could')

/** Whether the supervisor runs, in which version, and how its services are. */
export function checkSupervisor({
  supervisor,
  runtime,
  configuration,
}: Pick<Facts, 'supervisor' | 'runtime' | 'configuration'>): readonly Finding[] {
  if (supervisor.kind !== 'running') return [silence(supervisor, configuration.file)]
  const { report } = supervisor
  const changed = isConfigChanged(report.supervisor) ? [CHANGED] : []
  return [runs(report, runtime.installed), ...changed, ...report.services.flatMap(judgeService), ...limits(report)]
}

function silence({ kind, message }: Exclude<Facts['supervisor'], { kind: 'running' }>, file: string): Finding {
  switch (kind) {
    case 'absent':
      return about.warn('does not run', `lanward up --config ${file}`)
    case 'forbidden':
      return about.warn(message, 'sudo lanward doctor')
    case 'mute':
      return about.fail(message, 'lanward up, after the old one was ended')
  }
}

const CHANGED = about.warn(
  'the configuration on disk is another one than that in force',
  'lanward check && lanward reload',
  'what is written there is not what happens',
)

function runs({ supervisor: { pid, version } }: StatusReport, installed: string): Finding {
  if (version === installed) return about.ok(`runs as pid ${pid}, version ${version}`)
  return about.warn(
    `runs as pid ${pid} in version ${version}, but ${installed} is installed`,
    'lanward reexec',
    'what was mended in the newer version is not in force',
  )
}

/** The receive buffers have a check of their own. */
function limits({ supervisor }: StatusReport): readonly Finding[] {
  return (supervisor.limits ?? []).filter((text) => !text.startsWith('receive buffer')).map((text) => limit.warn(text))
}

function judgeService(report: ServiceReport): readonly Finding[] {
  const { name, state, health, reason, sockets, status } = report
  const findings: Finding[] = []
  const mend = `lanward why ${name}`
  if (state === 'ready' && health === 'ok') findings.push(service.ok(`${name} is ready and answers`))
  else if (isWell(report)) findings.push(service.ok(`${name}: ${status}`))
  else if (health === 'unknown') findings.push(service.warn(`${name} is ${state}: ${reason ?? 'not yet known'}`, mend))
  else findings.push(service.fail(`${name} is ${state} and ${health}: ${reason ?? 'no reason is known'}`, mend))
  for (const { listen, dropped } of sockets ?? [])
    if ((dropped ?? 0) > 0)
      findings.push(
        service.warn(
          `${name}: the kernel dropped ${dropped} on ${listen} since it was opened`,
          `lanward status ${name}`,
          'what was dropped is lost: more came than the daemon read, or than the socket has room for',
        ),
      )
  return findings
}
