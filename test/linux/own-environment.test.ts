import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'

const CHILD = new URL('../children/rewrites-environment.ts', import.meta.url).pathname

function rewrite(value: string, env: Record<string, string>): string {
  const run = spawnSync(process.execPath, [CHILD, value], { encoding: 'utf8', env })
  return run.status === 0 ? run.stdout : `exit ${run.status}: ${run.stderr}`
}

describe('rewriteVariable', () => {
  test('is seen by the process, by its children and by who reads /proc', () => {
    const told = JSON.parse(rewrite('new', { LANWARD_LIFE: 'old and longer', OTHER: 'kept' }))
    expect(told).toEqual({ own: 'new', child: 'new', proc: ['LANWARD_LIFE=new', 'OTHER=kept'] })
  })

  test('takes all the room there is, and no more', () => {
    expect(JSON.parse(rewrite('abc', { LANWARD_LIFE: 'xyz' })).proc).toEqual(['LANWARD_LIFE=abc'])
    expect(rewrite('abcd', { LANWARD_LIFE: 'xyz' })).toContain('no room for LANWARD_LIFE=abcd')
    expect(rewrite('a', {})).toContain('no room for LANWARD_LIFE=a')
  })
})
