import { accessSync, constants, statSync } from 'node:fs'
import type { LanwardConfig } from '../../config/config.ts'
import type { FileFact } from './facts.ts'
import { readingFault } from './reading-fault.ts'

/** Looks at files and folders that services only read, apart from certificates and keys. */
export function seeFiles(config: LanwardConfig): readonly FileFact[] {
  return config.daemons.flatMap((daemon): readonly FileFact[] => {
    if (!daemon.enabled) return []
    if (daemon.name === 'http') return daemon.section.root === null ? [] : [see('http.root', daemon.section.root, true)]
    if (daemon.name !== 'ntp') return []
    const { leapFile } = daemon.section
    return leapFile === undefined ? [] : [see('ntp.leap_file', leapFile, false)]
  })
}

function see(setting: string, path: string, isFolder: boolean): FileFact {
  try {
    accessSync(path, isFolder ? constants.R_OK | constants.X_OK : constants.R_OK)
    if (statSync(path).isDirectory() === isFolder) return { setting, path, error: null }
    return { setting, path, error: isFolder ? 'is no folder' : 'is a folder' }
  } catch (error) {
    return { setting, path, error: readingFault(error).words }
  }
}
