import type { Logger } from 'pino'
import type { NtpSection } from '../section.ts'
import { KeyRing } from './key-ring.ts'

/** How often the file is looked at for other keys than those in force. */
const LOOK_EVERY_MS = 60_000

/** Keys that follow their file. */
export interface OpenKeys {
  readonly ring: KeyRing
  /** Reads the file again. */
  look(): void
  /** Reads the file that the section names now. */
  reload(section: NtpSection): void
  close(): void
}

/** Reads the keys, and follows what becomes of their file. */
export function openKeys(section: NtpSection, log: Logger): OpenKeys {
  const ring = new KeyRing(section.keys ?? null)
  let warned = false
  const warn = (): void => {
    if (ring.isPublic && !warned) log.warn({ file: ring.path }, 'everybody may read the keys: chmod 640')
    warned = ring.isPublic
  }
  const look = (): void => {
    if (ring.look()) log.info({ file: ring.path }, 'other keys')
    warn()
  }
  warn()
  const looking = setInterval(look, LOOK_EVERY_MS)
  looking.unref()
  return {
    ring,
    look,
    reload: ({ keys = null }) => {
      ring.follow(keys)
      look()
    },
    close: () => clearInterval(looking),
  }
}
