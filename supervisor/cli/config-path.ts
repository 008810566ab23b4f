import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from './package-root.ts'

/** Where the configuration of a machine is when nobody says otherwise. */
const SYSTEM_FILE = '/etc/lanward/lanward.toml'

/** The file that was asked for, else `$LANWARD_CONFIG`, else that of the machine, else the demo. */
export function configPath(asked: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (asked !== undefined) return asked
  const named = env['LANWARD_CONFIG'] ?? ''
  if (named !== '') return named
  return existsSync(SYSTEM_FILE) ? SYSTEM_FILE : join(packageRoot(), 'config', 'demo.toml')
}
