import { once } from 'node:events'
import { closeSync, createReadStream, writeSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openPipe } from '../../../daemons/linux/open-pipe.ts'
import { LogOutput } from '../../../daemons/syslog/query/log-output.ts'
import { pipeOf, writeAll } from '../../../daemons/syslog/query/pipe-output.ts'

/** Many times what a pipe takes at once. */
const LONG = Buffer.from('0123456789abcde\n'.repeat(1 << 16))

/** As Node opens stdout where it is a pipe. */
function openStdout(): { readonly stdout: Socket; readonly readEnd: number; readonly writeEnd: number } {
  const { readEnd, writeEnd } = openPipe()
  const stdout = Object.assign(new Socket({ fd: writeEnd, readable: false, writable: true }), { fd: writeEnd })
  return { stdout, readEnd, writeEnd }
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

test('writeAll waits at a pipe that another process, which shares it, has made non-blocking', async () => {
  const { stdout, readEnd, writeEnd } = openStdout()
  const first = writeSync(writeEnd, LONG)
  const written = writeAll(writeEnd, LONG.subarray(first))
  // Nobody reads before the pipe was found full.
  await stat('/')
  await stat('/')
  const read = buffer(createReadStream('', { fd: readEnd }))
  await written
  stdout.destroy()
  expect((await read).equals(LONG)).toBe(true)
})

test('LogOutput that watches its reader learns that it went without another write', async () => {
  const { stdout, readEnd } = openStdout()
  const output = new LogOutput(stdout)
  await output.write('the last line\n')
  await output.watchReader()
  const closed = new Promise<void>((resolve) => output.whenClosed(resolve))
  closeSync(readEnd)
  await closed
  await output.flush()
  expect([output.isClosed, output.failure]).toEqual([true, null])
  stdout.destroy()
})

test('pipeOf leaves alone what is no pipe', () => {
  expect(pipeOf(new PassThrough())).toBeNull()
})
