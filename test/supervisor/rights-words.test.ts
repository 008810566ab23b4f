import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { findLaunchTools } from '../../supervisor/child/launch-tools.ts'
import { ownWords } from '../../supervisor/child/rights-words.ts'
import { testWith } from '../support/needs.ts'

const COMMAND = ['node', 'main.cjs']
const USER = { name: 'lanward', uid: 998, gid: 997, home: '/' }

test('our own daemon of another user loses groups and the bounding set before its first instruction', () => {
  expect(ownWords(COMMAND, USER, { setpriv: '/usr/bin/setpriv', dropsBounds: true })).toEqual({
    words: [
      ...['/usr/bin/setpriv', '--no-new-privs', '--reuid=998', '--regid=997', '--clear-groups'],
      ...['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all', '--', ...COMMAND],
    ],
    user: null,
  })
})

const KEEPING = ['--inh-caps=-all,+sys_time', '--ambient-caps=-all,+sys_time']

test.each([
  ['and in its bounding set', true, [...KEEPING, '--bounding-set=-all,+sys_time']],
  ['where we may not touch its bounding set', false, KEEPING],
])('one that keeps the clock keeps that right alone %s', (_title, dropsBounds, rights) => {
  const { words, user } = ownWords(COMMAND, USER, { setpriv: '/usr/bin/setpriv', dropsBounds }, ['sys_time'])
  expect(words.slice(5)).toEqual([...rights, '--', ...COMMAND])
  expect(user).toBeNull()
})

/** A program that tells its rights, and does nothing with them. */
const TELL_RIGHTS = ['grep', '-E', '^(Cap...|NoNewPrivs|Uid):', '/proc/self/status']
const CAP_SYS_TIME = (1n << 25n).toString(16).padStart(16, '0')

const NEEDS = ['root', 'program setpriv', 'right to set the clock'] as const
testWith(NEEDS, 'the kernel gives it that right, as its user, and no other', () => {
  const { words } = ownWords(TELL_RIGHTS, { ...USER, uid: 65_534, gid: 65_534 }, findLaunchTools(), ['sys_time'])
  const { stdout } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', timeout: 10_000 })
  const told = new Map([...stdout.matchAll(/^(\w+):\t(.*)$/gm)].map(([, key, value]) => [key, value]))
  expect(told.get('Uid')).toBe('65534\t65534\t65534\t65534')
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(told.get(set), set).toBe(CAP_SYS_TIME)
  expect(told.get('NoNewPrivs')).toBe('1')
})

test.each([
  ['as ourselves', null, '/usr/bin/setpriv', true],
  ['without setpriv', USER, null, true],
  ['without the right to it', USER, '/usr/bin/setpriv', false],
] as const)('it is started directly %s', (_title, user, setpriv, dropsBounds) => {
  expect(ownWords(COMMAND, user, { setpriv, dropsBounds })).toEqual({ words: COMMAND, user })
})
