import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect } from 'vitest'
import { testWith } from '../support/needs.ts'
import { makeLan, runIn, spawnIn } from '../support/network.ts'

const CHILD = new URL('../children/receives-on-veth.ts', import.meta.url).pathname

describe('a datagram over a cable between two hosts', () => {
  for (const mode of ['wildcard', 'bound']) {
    testWith(['namespaces'], `tells the interface, the address asked and the time (${mode} socket)`, async () => {
      using lan = makeLan('192.168.50.2/24')
      const child = spawnIn(lan.server, [process.execPath, '--import', 'tsx', CHILD, 'lan0', mode], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      // It may be gone before its last words are read.
      const exited = once(child, 'exit')
      if (child.stdout === null) throw new Error('no stdout')
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
      expect((await lines.next()).value).toBe('ready')
      const beforeMs = Date.now()
      runIn(lan.client, ['bash', '-c', 'printf x >/dev/udp/192.168.50.1/7777'])
      const told = JSON.parse((await lines.next()).value ?? '')
      await exited
      expect(told.byName).toBeGreaterThan(1)
      expect(told).toMatchObject({ arrived: told.byName, local: '192.168.50.1', peer: '192.168.50.2', known: true })
      expect(told.stampMs).toBeGreaterThanOrEqual(beforeMs)
      expect(told.stampMs).toBeLessThanOrEqual(told.readMs)
    })
  }
})
