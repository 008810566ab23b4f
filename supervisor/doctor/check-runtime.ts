import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const NEEDED_NODE = 24

const about = findingsOf('runtime', 'Lanward is written for this Node.js, and calls the kernel through it')

/** Node.js and the way from it into the C library. */
export function checkRuntime({ runtime }: Pick<Facts, 'runtime'>): readonly Finding[] {
  const { version, execPath, systemCallError } = runtime
  const node = `Node.js ${version} (${execPath})`
  if (Number(version.split('.')[0]) < NEEDED_NODE)
    return [about.fail(`${node} is older than ${NEEDED_NODE}`, 'npm ci, which brings the right one, then: npx lanward')]
  if (systemCallError !== null)
    return [about.fail(`${node} cannot make system calls: ${systemCallError}`, 'npm ci, in the folder of Lanward')]
  return [about.ok(node)]
}
