import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const CHILD = new URL('../../children/out-of-descriptors.ts', import.meta.url).pathname

test('connections for which no descriptor is left wait, with one line at the begin and one at the end, and are accepted later', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [CHILD], { encoding: 'utf8', timeout: 20_000 })
  expect({ lines: stdout.split('\n'), stderr }).toEqual({
    lines: [
      'cannot accept connections: they wait: EMFILE',
      expect.stringMatching(/^connections to here wait unaccepted: .*EMFILE.* \(tried 3 times\)$/),
      'connections are accepted again: 3 tries',
      'null',
      'accepted',
      '',
    ],
    stderr: '',
  })
})
