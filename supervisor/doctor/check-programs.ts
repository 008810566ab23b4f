import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('programs', 'a service whose program is not there is parked, and tried again in vain')

/** Whether the programs of `[[service]]` are there. */
export function checkPrograms({
  programs,
  configuration,
}: Pick<Facts, 'programs' | 'configuration'>): readonly Finding[] {
  const findings = programs.flatMap(({ service, error }) =>
    error === null
      ? []
      : [
          about.fail(
            `${service}: ${error}`,
            `command of [[service]] "${service}" in ${configuration.file}, or install it`,
          ),
        ],
  )
  if (findings.length > 0 || programs.length === 0) return findings
  return [about.ok(`${programs.map(({ service }) => service).join(', ')}: there, and executable`)]
}
