import { expect, test } from 'vitest'
import { slotBytesFor } from '../../../daemons/syslog/store/slot-bytes.ts'

test.each([
  ['short messages', 480, 'udp', 2048 + 320],
  ['less than the largest datagram', 8192, 'udp', 8192 + 320],
  ['the default, which is more than it', 65_536, 'udp', 65_527 + 320],
  ['more than any datagram has', 1 << 20, 'udp', 65_527 + 320],
  ['a local socket, where datagrams may be larger', 1 << 20, 'unix', (1 << 20) + 320],
] as const)('slotBytesFor: %s', (_title, maxMessageBytes, scheme, want) => {
  expect(slotBytesFor(maxMessageBytes, scheme)).toBe(want)
})
