import { expect, test } from 'vitest'
import { slotBytesFor } from '../../daemons/syslog/slot-bytes.ts'

test.each([
  ['short messages', 480, 2048 + 320],
  ['the default', 8192, 8192 + 320],
  ['the largest datagram', 65_507, 65_507 + 320],
  ['more than any datagram has', 1 << 20, 65_507 + 320],
])('slotBytesFor: %s', (_title, maxMessageBytes, want) => {
  expect(slotBytesFor(maxMessageBytes)).toBe(want)
})
