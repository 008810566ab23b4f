import type { Facts, SecretFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'
import type { ReadingFault } from './reading-fault.ts'

const about = findingsOf('secrets', 'clients refuse an expired certificate, and a key that others know proves nothing')

/** Long enough to renew a certificate by hand, and after which automatic renewal should have done so. */
const SOON_MS = 30 * 86_400_000

/** Whether certificates and keys are there, good for a while yet, and nobody else's to read. */
export function checkSecrets({ secrets, clock }: Pick<Facts, 'secrets' | 'clock'>): readonly Finding[] {
  return secrets.map((secret) => judge(secret, clock.nowMs))
}

function judge({ setting, path, role, isPublic, expiresMs, error, closed }: SecretFact, nowMs: number): Finding {
  if (error !== null)
    return about.fail(
      `[${setting}] ${path} ${error.words}`,
      MENDS[error.kind]?.(path) ?? `put a good one there, or change ${setting}`,
      WITHOUT[role],
    )
  if (closed !== null)
    return about.fail(
      `[${setting}] the daemons, as the user ${closed.user}, cannot read ${path}${closed.path === path ? '' : `: ${closed.path} is closed to them`}`,
      `chgrp "$(id -gn ${closed.user})" ${closed.path} && chmod ${closed.path === path ? 'g+r' : 'g+x'} ${closed.path}`,
      'the service runs without it: no TLS, no signed time',
    )
  if (isPublic) return about.warn(`[${setting}] everybody may read ${path}`, `chmod 640 ${path}`)
  if (expiresMs === null) return about.ok(`[${setting}] ${path} is there, and not for everybody`)
  const until = new Date(expiresMs).toISOString().slice(0, 10)
  const mend = 'renew it; the running service takes the new one within a minute'
  if (expiresMs <= nowMs) return about.fail(`[${setting}] ${path} expired on ${until}`, mend)
  if (expiresMs - nowMs < SOON_MS) return about.warn(`[${setting}] ${path} expires on ${until}`, mend)
  return about.ok(`[${setting}] ${path} is good until ${until}`)
}

const PROOF = 'without it the service cannot prove who it is: who wants proof has nothing to do with it'
const WITHOUT: Readonly<Record<SecretFact['role'], string>> = {
  certificate: PROOF,
  key: PROOF,
  authority: 'without it the service cannot know whom to believe: it has nothing to do with anybody there',
}

/** What is wrong within the file has no other mend than a good one. */
const MENDS: Readonly<Partial<Record<ReadingFault['kind'], (path: string) => string>>> = {
  absent: (path) => `put it there, or name the right path instead of ${path}`,
  closed: (path) => `chgrp it to the group of the daemons, then chmod 640 ${path}`,
}
