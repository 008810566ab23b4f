import { expect, test } from 'vitest'
import { InstanceBoard } from '../../../daemons/ntp/instances/instance-board.ts'
import { partSockets } from '../../../daemons/ntp/instances/instances.ts'
import { createTally } from '../../../daemons/ntp/outcome.ts'
import type { HeldSocket } from '../../../daemons/runtime/contract.ts'
import { listenUrl } from '../../support/loopback.ts'

function held(fd: number, name: string): HeldSocket {
  return { fd, name, url: listenUrl(name), probeOnly: false }
}

test('partSockets gives each instance one socket of each address', () => {
  const sockets = [
    held(3, 'udp://0.0.0.0:123'),
    held(4, 'udp://0.0.0.0:123'),
    held(5, 'udp://[::]:123'),
    held(6, 'udp://[::]:123'),
  ]
  const fds = partSockets([...sockets, held(7, 'udp://127.0.0.1:9')]).map((part) => part.map(({ fd }) => fd))
  expect(fds).toEqual([
    [3, 5, 7],
    [4, 6],
  ])
  expect(partSockets([])).toEqual([[]])
})

test('InstanceBoard shows on one side what is put on it on the other', () => {
  const ours = new InstanceBoard()
  const theirs = new InstanceBoard(ours.memory)
  theirs.publish({ ...createTally(), answered: 5, mode: 2 }, 3, 1, 0)
  theirs.publish({ ...createTally(), answered: 7, mode: 2 }, 4, 1, 0)
  const tally = { ...createTally(), answered: 100 }
  ours.addTo(tally)
  expect(tally).toMatchObject({ answered: 107, mode: 2, length: 0 })
  expect([ours.clients, ours.waited, ours.bug, ours.turns]).toEqual([4, 1, 0, 2])
  ours.announce()
  expect([theirs.announced, theirs.isStopping]).toEqual([1, false])
  ours.stop()
  expect(theirs.isStopping).toBe(true)
})
