import { CAP_SYS_TIME } from '../../daemons/linux/capabilities.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf(
  'discipline',
  'ntp keeps the clock of this machine (discipline = true), or does not start at all',
)

/** Whether ntp can keep the clock, where it is to do so: with the right to set it, and alone. */
export function checkDiscipline({
  configuration,
  rights,
  clock,
  supervisor,
}: Pick<Facts, 'configuration' | 'rights' | 'clock' | 'supervisor'>): readonly Finding[] {
  if (!keepsClock(configuration)) return []
  if (((rights.capabilities >> CAP_SYS_TIME) & 1n) === 0n)
    return [
      about.fail(
        `${rights.uid === 0 ? 'this root' : rights.name} lacks CAP_SYS_TIME: the clock cannot be kept`,
        rights.uid === 0
          ? '--cap-add=SYS_TIME for the container, or CapabilityBoundingSet=CAP_SYS_TIME in a drop-in of the unit'
          : 'sudo lanward up',
      ),
    ]
  if (rights.inUserNamespace)
    return [
      about.fail(
        'this is a user namespace (a rootless container), from which the kernel lets nobody set the clock',
        'take discipline = true out, and keep the clock on the host',
      ),
    ]
  // While Lanward runs it is most likely itself who vouches for the clock; else ntp says so in its own health.
  if (clock.synchronised === true && supervisor.kind === 'absent')
    return [
      about.warn(
        'another program seems to keep the clock: ntp will refuse to start beside it',
        'systemctl disable --now systemd-timesyncd chrony, whichever runs; or take discipline = true out',
      ),
    ]
  return [about.ok('ntp may keep the clock')]
}

function keepsClock(configuration: Facts['configuration']): boolean {
  if (configuration.kind === 'wrong') return false
  return configuration.config.daemons.some(
    ({ name, enabled, section }) => name === 'ntp' && enabled && 'discipline' in section,
  )
}
