import { closeSync, readSync, writeSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openPipe } from '../../daemons/linux/open-pipe.ts'
import { watchReader } from '../../daemons/linux/watch-reader.ts'

test('watchReader tells that the reader of a pipe has gone, with something left in it, or gone before the watch', async () => {
  const { readEnd, writeEnd } = openPipe()
  const gone = new Promise<void>((resolve) => {
    watchReader(writeEnd, resolve)
  })
  writeSync(writeEnd, 'a line\nand another\n')
  expect(readSync(readEnd, Buffer.alloc(7))).toBe(7)
  closeSync(readEnd)
  await gone
  await new Promise<void>((resolve) => {
    watchReader(writeEnd, resolve)
  })
  closeSync(writeEnd)
})

test('a watch of a reader tells nothing while there is one, nor when it was ended, and leaves the pipe as it was', async () => {
  const [kept, other] = [openPipe(), openPipe()]
  const told: string[] = []
  const end = watchReader(kept.writeEnd, () => told.push('kept'))
  await new Promise<void>((resolve) => {
    watchReader(other.writeEnd, resolve)
    closeSync(other.readEnd)
  })
  end()
  end()
  expect(writeSync(kept.writeEnd, 'on')).toBe(2)
  closeSync(kept.readEnd)
  await new Promise<void>((resolve) => {
    watchReader(other.writeEnd, resolve)
  })
  expect(told).toEqual([])
  closeSync(kept.writeEnd)
  closeSync(other.writeEnd)
})
