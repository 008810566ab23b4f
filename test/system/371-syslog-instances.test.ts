import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startBox } from '../support/box.ts'
import { stored } from '../support/stored-messages.ts'

const CONFIG = '[syslog]\nlisten = ["udp://127.0.0.1:0"]\ninstances = 2\n'

/** Sends one message from each of so many ports. */
async function sendFrom(ports: number, to: number, word: string): Promise<void> {
  for (let sender = 0; sender < ports; sender++) {
    const socket = createSocket('udp4')
    socket.send(`<13>app: ${word} ${sender}`, to, '127.0.0.1', () => socket.close())
    await once(socket, 'close')
  }
}

test('two instances serve one address, keep both sockets over a kill, and become one by a reload', async () => {
  await using box = await startBox({ config: CONFIG })
  const port = await box.port('syslog', 'udp')
  await sendFrom(64, port, 'before')
  await stored(box, 'before', 64)
  const { pid, sockets, listen } = await box.service('syslog')
  expect(listen).toEqual([`udp://127.0.0.1:${port}`])
  expect(sockets).toMatchObject([{ listen: listen[0] }, { listen: listen[0] }])
  if (pid === null) throw new Error('syslog does not run')

  process.kill(pid, 'SIGKILL')
  await sendFrom(64, port, 'meanwhile')
  await box.until('syslog', 'another life', (service) => service.state === 'ready' && service.pid !== pid)
  await sendFrom(64, port, 'after')
  await stored(box, 'after', 64)
  const all = await stored(box, 'app', 0)
  expect((await stored(box, 'meanwhile', 64)).length).toBe(64)
  expect(all.map(({ seq }) => seq)).toEqual([...new Set(all.map(({ seq }) => seq))].sort((one, other) => one - other))

  writeFileSync(box.config, readFileSync(box.config, 'utf8').replace('instances = 2', 'instances = 1'))
  const { stdout } = box.lanward('reload')
  expect(stdout).toMatch(/syslog\s.*restarted/)
  await box.until('syslog', 'one socket', (service) => service.state === 'ready' && service.sockets.length === 1)
  await sendFrom(16, port, 'alone')
  await stored(box, 'alone', 16)
})
