import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const CHILD = new URL('../children/collects-under-load.ts', import.meta.url).pathname

test('thirty seconds of forced garbage collection under load corrupt no datagram', async () => {
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', CHILD, '30'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)))
  const told = JSON.parse(await text(child.stdout))
  expect(await exit).toBe(0)
  expect(told.wrong).toBe(0)
  expect(told.verified).toBe(told.sent)
  expect(told.sent).toBeGreaterThan(10_000)
  expect(told.collections).toBeGreaterThan(100)
  expect(told.passing).toBeGreaterThan(100)
})
