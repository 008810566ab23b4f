import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('local-log', "messages of this machine's own programs go where it leads")

/** The socket from which rsyslog reads what journald passes on. */
const JOURNAL_SOCKET = '/run/systemd/journal/syslog'
const JOURNAL = '/run/systemd/journal/dev-log'

/** Where local programs log to: here, to the journal, to another collector, or nowhere. */
export function checkLocalLog({
  localLog,
  configuration,
}: Pick<Facts, 'localLog' | 'configuration'>): readonly Finding[] {
  if (configuration.kind === 'wrong') return []
  const syslog = configuration.specs.find(({ name, own }) => own && name === 'syslog')
  if (syslog === undefined) return []
  const paths = syslog.sockets.flatMap(({ url }) => ('path' in url ? [url.path] : []))
  const { target, holder } = localLog
  const add = (path: string): string => `"unix://${path}" added to [syslog] listen`
  if (target === null)
    return [
      paths.includes('/dev/log')
        ? about.ok('/dev/log is made at the start')
        : about.ok('there is no /dev/log: local programs cannot log', add('/dev/log')),
    ]
  if (paths.includes(target) || paths.includes('/dev/log')) return [about.ok('/dev/log leads to our syslog')]
  if (target === JOURNAL)
    return [
      paths.includes(JOURNAL_SOCKET)
        ? about.ok('/dev/log leads to the journal, which passes all on to our syslog')
        : about.ok('/dev/log leads to the journal, not to us', add(JOURNAL_SOCKET)),
    ]
  const owner = holder === null ? '' : `, which belongs to ${holder.name} (pid ${holder.pid})`
  return [about.ok(`/dev/log leads to ${target}${owner}, not to us`)]
}
