import { expect, test } from 'vitest'
import { ownWords } from '../../supervisor/child/rights-words.ts'

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

test.each([
  ['as ourselves', null, '/usr/bin/setpriv', true],
  ['without setpriv', USER, null, true],
  ['without the right to it', USER, '/usr/bin/setpriv', false],
] as const)('it is started directly %s', (_title, user, setpriv, dropsBounds) => {
  expect(ownWords(COMMAND, user, { setpriv, dropsBounds })).toEqual({ words: COMMAND, user })
})
