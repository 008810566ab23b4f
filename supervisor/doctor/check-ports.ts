import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Facts, HolderFact, SocketFact } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'
import { mendTakenPort } from './port-mend.ts'

const about = findingsOf(
  'ports',
  'a port that another program has cannot be served: the service is parked until it is free',
)

/** Refusals that another check explains: rights, and what the machine does not have. */
const ELSEWHERE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EADDRNOTAVAIL', 'ENODEV', 'EAFNOSUPPORT'])

/** The addresses of the configuration: free, ours already, or taken by whom. */
export function checkPorts({ sockets }: Pick<Facts, 'sockets'>): readonly Finding[] {
  const bad = [...sockets.flatMap(explain), ...explainTaken(sockets)]
  const free = sockets.filter(({ trial }) => trial === 'free')
  const held = sockets.filter(({ holder }) => holder?.own === true)
  const good: Finding[] = []
  if (held.length > 0) good.push(about.ok(`${held.length} held by our supervisor`))
  if (free.length > 0) good.push(about.ok(`${free.length} free`))
  return [...good, ...bad]
}

function explain(socket: SocketFact): readonly Finding[] {
  const { url, trial, holder } = socket
  if (holder?.own === true) return []
  if ('path' in url) return holder === null ? [] : [explainPath(socket, holder)]
  if (trial === 'free' || trial === 'untried' || trial.code === 'EADDRINUSE' || ELSEWHERE.has(trial.code)) return []
  return [about.fail(`${placeOf(socket)} cannot be opened: ${trial.message}`)]
}

function explainPath(socket: SocketFact, holder: HolderFact): Finding {
  return about.warn(
    `${placeOf(socket)} belongs to ${nameHolder(holder)}`,
    mendTakenPort(socket.url, holder),
    'lanward takes the path over at its start: what is sent there no longer comes to that program',
  )
}

/** One finding for each program that has something of ours, however much. */
function explainTaken(sockets: readonly SocketFact[]): readonly Finding[] {
  const taken = sockets.filter(
    ({ trial, holder }) => typeof trial === 'object' && trial.code === 'EADDRINUSE' && holder?.own !== true,
  )
  const byHolder = Map.groupBy(taken, ({ holder }) => holder?.pid ?? null)
  return [...byHolder.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const places = `${group.map(placeOf).join(', ')} ${group.length === 1 ? 'is' : 'are'} taken by`
    if (first.holder === null) return [about.fail(`${places} a process that is hidden from us`, 'sudo lanward doctor')]
    return [about.fail(`${places} ${nameHolder(first.holder)}`, mendTakenPort(first.url, first.holder))]
  })
}

function placeOf({ service, url }: SocketFact): string {
  return `${formatListenUrl(url)} (${service})`
}

function nameHolder({ name, pid, unit, script, isLanward }: HolderFact): string {
  if (isLanward) return `another Lanward (pid ${pid}${unit === null ? '' : `, ${unit}`})`
  return `${name}${script === null ? '' : ` ${script}`} (pid ${pid}${unit === null ? '' : `, ${unit}`})`
}
