import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LanwardConfig } from '../../config/config.ts'
import type { ProgramOf } from '../child/program-of.ts'
import type { ServiceSpec } from './spec.ts'
import { specsOf } from './spec-of.ts'

/** What the supervisor is to run, by the configuration and by what its daemons left to do. */
export function currentSpecs(config: LanwardConfig, programOf: ProgramOf): readonly ServiceSpec[] {
  return specsOf(config, programOf, keepsPrefixes(config))
}

/**
 * Whether hosts were told IPv6 prefixes by dhcp and may still go by them. Then its router sockets are needed though none is
 * configured any more: what was told has to be taken back.
 */
export function keepsPrefixes({ stateDir }: Pick<LanwardConfig, 'stateDir'>): boolean {
  return existsSync(join(stateDir, 'dhcp/advertised.json'))
}
