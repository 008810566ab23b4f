/** Says what this process can learn about another user's process: whether it reads its environment, its memory, its descriptors. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { asOwnerOf } from '../../daemons/linux/as-owner.ts'

const folder = `/proc/${process.argv[2]}`

function succeeds(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}

const look: Record<string, () => unknown> = {
  environment: () => readFileSync(`${folder}/environ`),
  memory: () => readFileSync(`${folder}/smaps_rollup`),
  descriptors: () => readdirSync(`${folder}/fd`).map((fd) => readlinkSync(`${folder}/fd/${fd}`)),
}
const plainly = Object.values(look).map(succeeds)
const asOwner = Object.values(look).map((read) => succeeds(() => asOwnerOf(folder, read)))
const rootAgain = succeeds(() => readFileSync('/proc/self/environ'))
process.stdout.write(JSON.stringify({ plainly, asOwner, rootAgain }))
