import type { LanwardConfig } from '../../config/config.ts'
import { formatProblem } from '../../config/config-problem.ts'
import { checkConfig } from '../../config/load-config.ts'

/** The problems of a configuration text as a user sees them, with the file called `f.toml`. */
export function problemsOf(text: string): string[] {
  const loaded = checkConfig(text, 'f.toml', '')
  return loaded.kind === 'wrong' ? loaded.problems.map(formatProblem) : []
}

/** The warnings of a configuration text that is right. */
export function warningsOf(text: string): string[] {
  const loaded = checkConfig(text, 'f.toml', '')
  return loaded.kind === 'ok' ? loaded.warnings.map(formatProblem) : ['is wrong']
}

/** The configuration of a text that must be right, as if it stood in /etc/lanward/f.toml. */
export function configOf(text: string): LanwardConfig {
  const loaded = checkConfig(text, '/etc/lanward/f.toml', '')
  if (loaded.kind === 'wrong') throw new Error(loaded.problems.map(formatProblem).join('\n'))
  return loaded.config
}

/** A `[dhcp]` section around a subnet; the subnet's own keys start on line 5. */
export function subnetText(keys: string): string {
  return `[dhcp]\ninterfaces = ["eth1"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\n${keys}`
}
