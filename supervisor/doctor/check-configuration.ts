import { formatProblem } from '../../config/config-problem.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf(
  'configuration',
  'with a mistake in it nothing starts, and what depends on it is not checked here',
)

/** The same verdict as `lanward check`: each mistake is a finding. */
export function checkConfiguration({ configuration }: Pick<Facts, 'configuration'>): readonly Finding[] {
  const { file } = configuration
  if (configuration.kind === 'wrong')
    return configuration.problems.map((problem) => about.fail(formatProblem(problem), `lanward check --config ${file}`))
  const { specs, warnings } = configuration
  const found = specs.length === 0 ? 'nothing is enabled' : specs.map(({ name }) => name).join(', ')
  return [
    specs.length === 0
      ? about.warn(`${file}: ${found}`, `enabled = true, in a section of ${file}`)
      : about.ok(`${file}: ${found}`),
    ...warnings.map((warning) => about.warn(formatProblem(warning))),
  ]
}
