import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { readBootId } from '../../linux/boot-id.ts'
import { isMachineItself } from '../../linux/capabilities.ts'
import type { SteerableClock } from '../../linux/steered-clock.ts'
import { type Clock, StartRefused } from '../../runtime/contract.ts'
import type { DisciplineSettings } from '../section.ts'
import type { ServedClock } from '../served-clock.ts'
import { Discipline } from './discipline.ts'
import { judgeStart, type StartFacts } from './judge-start.ts'
import { readMark, writeMark } from './mark-file.ts'
import { maySetClock, OWN_TITLE, seeKeepers } from './see-keepers.ts'

/**
 * Begins to keep the clock of this machine.
 *
 * @param machine the kernel's clock
 * @throws StartRefused when another program keeps it, or we may not: nothing was touched then
 */
export function openDiscipline(parts: {
  readonly settings: DisciplineSettings
  readonly machine: SteerableClock
  readonly served: ServedClock
  readonly clock: Clock
  readonly log: Logger
  readonly stateDir: string
}): Discipline {
  const { settings, machine, stateDir } = parts
  const path = join(stateDir, 'kept-clock.json')
  const facts = gatherFacts(machine, path)
  const why = judgeStart(facts)
  if (why !== null) throw new StartRefused(`${why}; discipline = true of [ntp] cannot be: see docs/ntp.md`)
  process.title = OWN_TITLE
  return new Discipline({
    ...parts,
    step: settings.step,
    remember: (frequencies) => writeMark(path, { bootId: facts.bootId, frequencies }),
  })
}

function gatherFacts(machine: SteerableClock, path: string): StartFacts {
  return {
    state: readState(machine),
    bootId: readBootId(),
    mark: readMark(path),
    keepers: seeKeepers('/proc', process.pid),
    rights: seeRights(),
  }
}

function readState(machine: SteerableClock): StartFacts['state'] {
  try {
    return machine.read()
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) }
  }
}

function seeRights(): StartFacts['rights'] {
  if (!maySetClock(readFileSync('/proc/self/status', 'latin1'))) return 'absent'
  return isMachineItself(readFileSync('/proc/self/uid_map', 'latin1')) ? 'granted' : 'in a user namespace'
}
