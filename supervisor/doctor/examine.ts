import { checkAddresses } from './check-addresses.ts'
import { checkBuffers } from './check-buffers.ts'
import { checkClock } from './check-clock.ts'
import { checkConfiguration } from './check-configuration.ts'
import { checkDescriptors } from './check-descriptors.ts'
import { checkDiscipline } from './check-discipline.ts'
import { checkDrills } from './check-drills.ts'
import { checkFiles } from './check-files.ts'
import { checkFirewall } from './check-firewall.ts'
import { checkFolders } from './check-folders.ts'
import { checkInterfaces } from './check-interfaces.ts'
import { checkLocalLog } from './check-local-log.ts'
import { checkMemory } from './check-memory.ts'
import { checkPorts } from './check-ports.ts'
import { checkPrograms } from './check-programs.ts'
import { checkRights } from './check-rights.ts'
import { checkRuntime } from './check-runtime.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkSupervisor } from './check-supervisor.ts'
import { checkUsers } from './check-users.ts'
import type { Facts } from './facts.ts'
import type { Finding } from './finding.ts'

type Check = (facts: Facts) => readonly Finding[]

/** From what everything stands on to what only may come. */
const CHECKS: readonly Check[] = [
  checkRuntime,
  checkConfiguration,
  checkSupervisor,
  checkPorts,
  checkAddresses,
  checkInterfaces,
  checkRights,
  checkUsers,
  checkPrograms,
  checkFirewall,
  checkBuffers,
  checkFolders,
  checkClock,
  checkDiscipline,
  checkDrills,
  checkDescriptors,
  checkMemory,
  checkLocalLog,
  checkSecrets,
  checkFiles,
]

/** Checks that judge by our own rights: they say nothing when the supervisor runs as somebody else. */
const BY_OUR_RIGHTS: ReadonlySet<Check> = new Set<Check>([
  checkPorts,
  checkRights,
  checkDiscipline,
  checkUsers,
  checkBuffers,
  checkFolders,
  checkSecrets,
  checkFiles,
])

/** Everything that can be said of the machine, in the order of reading. */
export function examine(facts: Facts): readonly Finding[] {
  const foreign = facts.supervisor.kind === 'forbidden'
  return CHECKS.filter((check) => !(foreign && BY_OUR_RIGHTS.has(check))).flatMap((check) => check(facts))
}

/** What could not be seen, and why; the findings are right as far as they go. */
export function unseen({ rights, supervisor, clock, firewall }: Facts): readonly string[] {
  const gaps: string[] = []
  if (rights.uid !== 0) gaps.push('which process of another user has a port (needs root)')
  if (supervisor.kind === 'forbidden')
    gaps.push('the services of the supervisor, its ports, rights and folders (needs root or its user)')
  if (clock.synchronised === null) gaps.push('whether the clock is kept right (the kernel does not tell)')
  if (firewall.program === null) gaps.push('firewalls other than ufw and firewalld')
  return gaps
}
