import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { warmUp, warmUpNow } from '../../daemons/ntp/warm-up.ts'
import { ask, makeServer, request } from './fixture.ts'

const descriptors = (): number => readdirSync('/proc/self/fd').length

test('warmUp leaves no trace in the books of the server, and no descriptor', () => {
  const server = makeServer({ allow: ['192.0.2.0/24'], rateLimit: { intervalMs: 1e6, burst: 1, kod: true } })
  const before = descriptors()
  let slices = 0
  warmUp(server, (next) => {
    slices += 1
    next()
  })
  expect(slices).toBeGreaterThan(10)
  warmUpNow(server)
  expect(descriptors()).toBe(before)
  expect(server.clients.clients).toBe(0)
  expect(ask(server, request(0x23)).outcome).toBe('answered')
})

test('warmUp without a clock to serve does no harm', () => {
  const server = makeServer()
  const broken = { ...server, clock: null } as unknown as typeof server
  const before = descriptors()
  warmUpNow(broken)
  warmUp(broken, (next) => next())
  expect(descriptors()).toBe(before)
})
