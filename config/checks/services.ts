import type { RestartPolicy } from '../config.ts'
import type { Finding } from '../config-problem.ts'
import { suggestWord } from '../suggest-word.ts'

/** A `[[service]]` as far as its neighbours matter; `index` is its place in the file. */
export interface NamedService {
  readonly index: number
  readonly name: string
  readonly command: readonly string[]
  readonly after: readonly string[]
}

/** Names used twice, empty commands, and `after` that leads nowhere or round in a circle. */
export function checkServices(services: readonly NamedService[], daemons: readonly string[]): Finding[] {
  const findings: Finding[] = []
  const byName = new Map<string, NamedService>()
  for (const service of services) {
    const path = ['service', service.index]
    if (byName.has(service.name)) findings.push({ path: [...path, 'name'], message: `"${service.name}" is used twice` })
    else byName.set(service.name, service)
    if (service.command.length === 0 || service.command[0] === '')
      findings.push({ path: [...path, 'command'], message: 'must name a program' })
  }
  const known = [...daemons, ...byName.keys()]
  for (const service of services) {
    for (const [position, name] of service.after.entries()) {
      const path = ['service', service.index, 'after', position]
      const near = suggestWord(name, known)
      if (name === service.name) findings.push({ path, message: 'must not name the service itself' })
      else if (!known.includes(name))
        findings.push({
          path,
          message: `"${name}" is not a service of this file${near === null ? '' : `; did you mean "${near}"?`}`,
        })
    }
    const circle = findCircle(service, byName)
    if (circle !== null)
      findings.push({
        path: ['service', service.index, 'after'],
        message: `goes round in a circle: ${circle.join(' -> ')}`,
      })
  }
  return findings
}

/** The way from a service back to itself; told once per circle, at its first service in the file. */
function findCircle(start: NamedService, byName: ReadonlyMap<string, NamedService>): string[] | null {
  const seen = new Set<string>()
  const walk = (service: NamedService, way: readonly string[]): string[] | null => {
    for (const name of service.after) {
      const next = byName.get(name)
      if (next === undefined || name === service.name) continue
      if (next === start) return [...way, name]
      if (seen.has(name) || next.index < start.index) continue
      seen.add(name)
      const found = walk(next, [...way, name])
      if (found !== null) return found
    }
    return null
  }
  return byName.get(start.name) === start ? walk(start, [start.name]) : null
}

/** Waiting times of a merged policy that contradict each other. */
export function checkRestart(policy: RestartPolicy, path: Finding['path']): Finding[] {
  const { firstMs, maxMs } = policy.backoff
  if (firstMs <= maxMs) return []
  return [{ path: [...path, 'backoff'], message: `first (${firstMs}ms) must not be longer than max (${maxMs}ms)` }]
}
