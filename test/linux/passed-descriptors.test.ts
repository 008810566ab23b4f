import { closeSync, fstatSync, readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openPipe, openSocketPair } from '../../daemons/linux/open-pipe.ts'
import { receiveDescriptors, sendDescriptors } from '../../daemons/linux/passed-descriptors.ts'

/** Both ends of a pair of message sockets, closed when the test is over. */
function openPair(): readonly [number, number] {
  const pair = openSocketPair('messages')
  onTestFinished(() => {
    for (const fd of pair) if (isOpen(fd)) closeSync(fd)
  })
  return pair
}

function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd) !== null
  } catch {
    return false
  }
}

describe('descriptors passed from one process to another', () => {
  test.each([0, 1, 2, 7, 253])('%i of them arrive in order, as the same files, and close on exec', (count) => {
    const [near, far] = openPair()
    const { readEnd, writeEnd } = openPipe()
    const sent = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? readEnd : writeEnd))
    sendDescriptors(near, Buffer.from('take these'), sent)
    const received = receiveDescriptors(far, 64)
    expect(received?.bytes.toString()).toBe('take these')
    expect(received?.fds.map((fd) => fstatSync(fd).ino)).toEqual(sent.map((fd) => fstatSync(fd).ino))
    const [first] = received?.fds ?? []
    if (first !== undefined) expect(flagsOf(first) & 0o2000000).toBe(0o2000000)
    for (const fd of [...(received?.fds ?? []), readEnd, writeEnd]) closeSync(fd)
  })

  test('two messages stay two', () => {
    const [near, far] = openPair()
    sendDescriptors(near, Buffer.from('one'), [])
    sendDescriptors(near, Buffer.from('two'), [])
    expect(receiveDescriptors(far, 64)?.bytes.toString()).toBe('one')
    expect(receiveDescriptors(far, 64)?.bytes.toString()).toBe('two')
  })

  test('a closed end is null, and refuses what is sent', () => {
    const [near, far] = openPair()
    closeSync(near)
    expect(receiveDescriptors(far, 64)).toBeNull()
    expect(() => sendDescriptors(far, Buffer.from('x'), [])).toThrow(/EPIPE/)
  })

  test('what is longer than the room is an error, not a torn message', () => {
    const [near, far] = openPair()
    sendDescriptors(near, Buffer.alloc(65), [])
    expect(() => receiveDescriptors(far, 64)).toThrow(/EMSGSIZE/)
  })
})

/** proc(5), fdinfo: flags in octal. */
function flagsOf(fd: number): number {
  return Number.parseInt(/^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0', 8)
}
