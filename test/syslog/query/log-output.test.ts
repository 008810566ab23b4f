import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openPipe } from '../../../daemons/linux/open-pipe.ts'
import { LogOutput } from '../../../daemons/syslog/query/log-output.ts'
import { pipeOf } from '../../../daemons/syslog/query/pipe-output.ts'

/** Many times what a pipe takes at once. */
const LONG = Buffer.from('0123456789abcde\n'.repeat(1 << 16))

/** As Node opens stdout where it is a pipe. */
function openStdout(): { readonly stdout: Socket; readonly readEnd: number } {
  const { readEnd, writeEnd } = openPipe()
  const stdout = Object.assign(new Socket({ fd: writeEnd, readable: false, writable: true }), { fd: writeEnd })
  return { stdout, readEnd }
}

test('LogOutput brings all through a pipe, in order, and is asked for more while it writes', async () => {
  const { stdout, readEnd } = openStdout()
  const output = new LogOutput(stdout)
  // Nobody reads yet: were it waited for, this would not end.
  await output.write(LONG)
  const read = buffer(createReadStream('', { fd: readEnd }))
  await output.write('between\n')
  await output.write(LONG)
  await output.flush()
  stdout.destroy()
  expect((await read).equals(Buffer.concat([LONG, Buffer.from('between\n'), LONG]))).toBe(true)
  expect(output.failure).toBeNull()
})

test('LogOutput takes a reader of a pipe that goes away for its wish', async () => {
  const { stdout, readEnd } = openStdout()
  const output = new LogOutput(stdout)
  const closed = new Promise<void>((resolve) => output.whenClosed(resolve))
  const reader = createReadStream('', { fd: readEnd })
  await output.write(LONG)
  await once(reader, 'readable')
  reader.destroy()
  await closed
  await output.write(LONG)
  await output.flush()
  expect([output.isClosed, output.failure]).toEqual([true, null])
  stdout.destroy()
})

test('pipeOf leaves alone what is no pipe', () => {
  expect(pipeOf(new PassThrough())).toBeNull()
})
