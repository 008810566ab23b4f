import type { Finding, KeyPath } from '../config-problem.ts'
import type { WrittenDhcp } from '../sections/dhcp.ts'
import { CLASS_KEYS } from '../sections/dhcp-class.ts'
import type { WrittenDenial } from '../sections/dhcp-link.ts'
import { suggestWord } from '../suggest-word.ts'
import { checkOptionCodes, checkOwnTimes } from './dhcp-settings.ts'

/** What is wrong with classes, and with the names that refer to them. */
export function checkClasses(section: WrittenDhcp): Finding[] {
  const names = section.class.map(({ name }) => name)
  const findings = section.class.flatMap((one, index): Finding[] => {
    const path = ['dhcp', 'class', index]
    const twice = names.indexOf(one.name) < index
    const told = CLASS_KEYS.some((key) => one[key] !== undefined)
    const empty = CLASS_KEYS.filter((key) => isEmptyList(one[key]))
    return [
      ...(twice ? [{ path: [...path, 'name'], message: `"${one.name}" is given twice` }] : []),
      ...(told ? [] : [{ path, message: `must say who is in it; give one of ${CLASS_KEYS.join(', ')}` }]),
      ...empty.map((key) => ({ path: [...path, key], message: 'must not be empty: nobody fits an empty list' })),
      ...checkOwnTimes(one, path),
      ...checkOptionCodes(one.options, path),
    ]
  })
  return [...findings, ...poolReferences(section, names), ...denialReferences(section, names)]
}

function poolReferences({ subnet }: WrittenDhcp, names: readonly string[]): Finding[] {
  return subnet.flatMap(({ pools }, index) =>
    pools.flatMap(({ classes }, at) => {
      const path = ['dhcp', 'subnet', index, 'pools', at, 'class']
      if (isEmptyList(classes)) return [{ path, message: 'must not be empty: the pool would be for nobody' }]
      return (classes ?? []).flatMap((name) => unknownClass(name, names, path))
    }),
  )
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function denialReferences(section: WrittenDhcp, names: readonly string[]): Finding[] {
  const lists: readonly (readonly [KeyPath, readonly WrittenDenial[] | undefined])[] = [
    [['dhcp'], section.deny],
    ...section.shared_network.map(({ deny }, at) => [['dhcp', 'shared_network', at], deny] as const),
    ...section.subnet.map(({ deny }, at) => [['dhcp', 'subnet', at], deny] as const),
  ]
  return lists.flatMap(([path, list]) =>
    (list ?? []).flatMap((entry, at) =>
      'class' in entry ? unknownClass(entry.class, names, [...path, 'deny', at]) : [],
    ),
  )
}

function unknownClass(name: string, names: readonly string[], path: KeyPath): Finding[] {
  if (names.includes(name)) return []
  const near = suggestWord(name, names)
  const hint = near === null ? 'give a [[dhcp.class]] of this name' : `did you mean "${near}"?`
  return [{ path, message: `"${name.slice(0, 60)}" is not the name of a class; ${hint}` }]
}
