import { expect, test } from 'vitest'
import { readAnnotatedHex } from '../support/annotated-hex.ts'
import { ask, makeServer } from './fixture.ts'

test.each([
  ['v4-client', 'answered', '240a03'],
  ['v3-windows', 'answered', '1a0a0a'],
  ['v4-unknown-field', 'answered', '240a06'],
  ['v4-md5', 'unknown_key', null],
])('the request %s is %s', (name, want, begins) => {
  const bytes = readAnnotatedHex(`ntp/${name}.hex`)
  const { outcome, reply } = ask(makeServer(), bytes)
  expect(outcome).toBe(want)
  expect(reply?.toString('hex', 0, 3) ?? null).toBe(begins)
  if (reply !== null) expect(reply.subarray(24, 32)).toEqual(Buffer.from(bytes.subarray(40, 48)))
})
