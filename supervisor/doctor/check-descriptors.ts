import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('descriptors', 'each connection and each file takes one: without, clients are turned away')

/** What the collector wants for its connections, and the rest beside. */
const WANTED = 1_200
const NEEDED = 256

/** How many files and connections a process of ours, and the machine, may have open. */
export function checkDescriptors({ descriptors }: Pick<Facts, 'descriptors'>): readonly Finding[] {
  const { limit, supervisorLimit, openOnMachine, maxOnMachine } = descriptors
  const findings: Finding[] = []
  const ours = supervisorLimit ?? limit
  const who = supervisorLimit === null ? 'a process started from here' : 'the running supervisor'
  const mend = 'LimitNOFILE=65536 in the unit, or: ulimit -Hn 65536'
  if (ours !== null) {
    const found = `${who} may open ${ours}`
    findings.push(ours < NEEDED ? about.fail(found, mend) : ours < WANTED ? about.warn(found, mend) : about.ok(found))
  }
  if (openOnMachine !== null && maxOnMachine !== null && openOnMachine > maxOnMachine * 0.9)
    findings.push(
      about.warn(
        `the machine has ${openOnMachine} of ${maxOnMachine} open`,
        `sysctl -w fs.file-max=${maxOnMachine * 2}`,
      ),
    )
  return findings
}
