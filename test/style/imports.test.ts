import { describe, expect, test } from 'vitest'
import { importsOf, resolveImport, type SourceFile, sourceFiles } from './tree.ts'

const SHARED = /^daemons\/(wire|linux|runtime)\//

/** Why a file may not import that path; null when it may. */
function objection(file: SourceFile, target: string, typeOnly: boolean): string | null {
  const inside = target.includes('/') && /^(daemons|supervisor|config|test)\//.test(target)
  if (file.path.startsWith('daemons/wire/') && !target.startsWith('daemons/wire/'))
    return 'daemons/wire imports nothing'
  if (target === 'koffi' && !file.path.startsWith('daemons/linux/')) return 'only daemons/linux calls C'
  if (!inside) return null
  if (target.startsWith('test/')) return 'the product does not import its tests'
  if (file.path.startsWith('daemons/')) {
    const own = `${file.path.split('/').slice(0, 2).join('/')}/`
    if (file.path.startsWith('daemons/linux/') && !/^daemons\/(linux|wire)\//.test(target))
      return 'daemons/linux stands on daemons/wire alone'
    return target.startsWith(own) || SHARED.test(target)
      ? null
      : 'daemons never import each other, the supervisor or the configuration'
  }
  const section = /^daemons\/[^/]+\/section\.ts$/.test(target) && typeOnly
  if (target.startsWith('daemons/') && !SHARED.test(target) && !section)
    return 'supervisor and configuration never import a daemon'
  if (file.path.startsWith('config/') && target.startsWith('supervisor/'))
    return 'the configuration does not know the supervisor'
  return null
}

describe('the import rule', () => {
  test('holds for every file', () => {
    const objections = sourceFiles('daemons', 'supervisor', 'config').flatMap((file) =>
      importsOf(file).flatMap(({ from, typeOnly }) => {
        const why = objection(file, resolveImport(file, from), typeOnly)
        return why === null ? [] : [`${file.path} imports ${from}: ${why}`]
      }),
    )
    expect(objections).toEqual([])
  })

  test.each([
    ['daemons/ntp/main.ts', "import { a } from '../dhcp/lease.ts'", false],
    ['daemons/ntp/main.ts', "import { a } from '../runtime/run-daemon.ts'", true],
    ['daemons/wire/a.ts', "import { b } from 'node:fs'", false],
    ['daemons/ntp/a.ts', "import koffi from 'koffi'", false],
    ['supervisor/a.ts', "import { b } from '../daemons/ntp/respond.ts'", false],
    ['supervisor/a.ts', "import type { b } from '../daemons/ntp/section.ts'", true],
    ['supervisor/a.ts', "import { b } from '../daemons/ntp/section.ts'", false],
    ['daemons/linux/a.ts', "import type { b } from '../runtime/contract.ts'", false],
    ['config/a.ts', "import { b } from '../supervisor/spec.ts'", false],
  ])('the rule itself: %s with %s is allowed: %s', (path, text, allowed) => {
    const file = { path, text }
    const objections = importsOf(file).map(({ from, typeOnly }) => objection(file, resolveImport(file, from), typeOnly))
    expect(objections.every((why) => why === null)).toBe(allowed)
  })
})
