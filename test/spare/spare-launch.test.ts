import { expect, test } from 'vitest'
import { OWN_RUNTIME } from '../../supervisor/child/launch.ts'
import { findLaunchTools } from '../../supervisor/child/launch-tools.ts'
import { programOf } from '../../supervisor/child/program-of.ts'
import { canBecome, spareLaunchOf, spareRecipeOf } from '../../supervisor/spare/spare-launch.ts'
import { specsOf } from '../../supervisor/spec/spec-of.ts'
import { configOf } from '../config/check-text.ts'

test('a spare loads the programs of our daemons, whatever options Node gets before them', () => {
  const specs = specsOf(configOf('[syslog]\n[ntp]\n'), programOf)
  const recipe = spareRecipeOf(specs, programOf('spare'))
  if (recipe === null) throw new Error('no spare for our daemons')
  expect(recipe.programs).toHaveLength(specs.length)
  for (const program of recipe.programs) expect(program).toMatch(/\/daemons\/(?:syslog|ntp)\/main\.ts$/)
  expect(specs.every((spec) => canBecome(recipe, spec))).toBe(true)
  const kept = '[syslog]\n[ntp]\ndiscipline = true\n[[ntp.source]]\naddress = "192.0.2.1"\n'
  const able = specsOf(configOf(kept), programOf).map((spec) => [spec.name, spec.keeps, canBecome(recipe, spec)])
  expect(able).toEqual([
    ['syslog', undefined, true],
    ['ntp', ['sys_time'], false],
  ])
  const { args, environment } = spareLaunchOf(recipe, 1, {
    ...{ user: null, outer: {}, stateDir: '/s', tools: findLaunchTools() },
  })
  expect(args.slice(-specs.length)).toEqual(recipe.programs)
  // What it starts with it has as a daemon too.
  expect(environment).toMatchObject(OWN_RUNTIME)
})
