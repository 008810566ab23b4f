import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const OF_ONE_RUN = /\.(?:section\.json(?:\.new)?|notify)$/

/** Removes what one run needs of its folder and no other: the sections and notify sockets of its services. */
export function tidyRunDir(runDir: string): void {
  for (const name of readdirSync(runDir)) if (OF_ONE_RUN.test(name)) rmSync(join(runDir, name), { force: true })
}
