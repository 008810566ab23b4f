import type { Facts, FileFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('files', 'the service runs without what it should read there')

/** Whether the files and folders are there that services only read. */
export function checkFiles({ files }: Pick<Facts, 'files'>): readonly Finding[] {
  return files.map(judge)
}

function judge({ setting, path, error }: FileFact): Finding {
  if (error === null) return about.ok(`[${setting}] ${path} is there`)
  return about.fail(
    `[${setting}] ${path} ${error}`,
    `put it there, let the user of the daemons read it, or change ${setting}`,
  )
}
