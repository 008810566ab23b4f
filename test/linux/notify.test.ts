import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sendNotify } from '../../daemons/linux/notify.ts'
import { NotifySocket, parseNotify } from '../../daemons/linux/notify-socket.ts'
import { testWith } from '../support/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-notify-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('NotifySocket', () => {
  test('hands over the fields of sendNotify with the pid that the kernel vouches for', async () => {
    const path = join(folder, 'notify.sock')
    const got = Promise.withResolvers<[ReadonlyMap<string, string>, number]>()
    const socket = new NotifySocket(path, (fields, pid) => got.resolve([fields, pid]))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    sendNotify(path, 'READY=1\nSTATUS=a=b, c')
    const [fields, pid] = await got.promise
    socket.close()
    expect([...fields]).toEqual([
      ['READY', '1'],
      ['STATUS', 'a=b, c'],
    ])
    expect(pid).toBe(process.pid)
  })

  test('is gone after close: sendNotify says so', () => {
    const path = join(folder, 'gone.sock')
    new NotifySocket(path, () => {}).close()
    expect(() => sendNotify(path, 'READY=1')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  test('reaches a name in the abstract name space', async () => {
    const name = `@lanward-test-${process.pid}`
    const got = Promise.withResolvers<string | undefined>()
    const socket = new NotifySocket(name, (fields) => got.resolve(fields.get('READY')))
    sendNotify(name, 'READY=1')
    expect(await got.promise).toBe('1')
    socket.close()
  })
})

describe('descriptors that come along with a notification', () => {
  const passing = `
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
ours, theirs = os.pipe()
for _ in range(20):
  s.sendmsg([b'FDSTORE=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [theirs] * 60))])
s.send(b'READY=1')
os.close(theirs)
os.read(ours, 1)
`

  testWith(['program python3'], 'are closed at once: none is kept, and who waits for that is let go', async () => {
    const path = join(folder, 'gifts.sock')
    const before = readdirSync('/proc/self/fd').length
    const ready = Promise.withResolvers<number>()
    const socket = new NotifySocket(path, (fields) => {
      if (fields.get('READY') === '1') ready.resolve(readdirSync('/proc/self/fd').length)
    })
    const sender = spawn('python3', ['-c', passing, path], { stdio: 'inherit' })
    const exited = once(sender, 'exit')
    expect(await ready.promise).toBeLessThan(before + 10)
    expect(await exited).toEqual([0, null])
    socket.close()
  })
})

describe('parseNotify', () => {
  test.each([
    ['', []],
    ['nonsense', []],
    ['=x', []],
    ['A=1\nA=2', [['A', '2']]],
    [
      'A=\nB=b',
      [
        ['A', ''],
        ['B', 'b'],
      ],
    ],
  ])('reads %j', (text, want) => {
    expect([...parseNotify(text)]).toEqual(want)
  })
})
