import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { openPost } from '../../../daemons/syslog/forward/http-post.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ForwardingStore, forwardSection, LineTarget } from './forwarding.ts'

/** Asks a server that answers so. */
async function ask(answer: (response: ServerResponse) => void, answerMs?: number): Promise<unknown> {
  const server = createServer((_request, response) => answer(response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const tls = { ca: null, cert: null, key: null, name: null }
  const post = await openPost(`http://127.0.0.1:${port}/`, { headers: {} }, tls, answerMs)
  try {
    return await post.send('x', 'text/plain')
  } finally {
    post.close()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

test.each<[string, (response: ServerResponse) => void]>([
  ['never begins', () => undefined],
  ['ends in its headers', (response) => response.writeHead(200, { 'Content-Length': '10' }).flushHeaders()],
  ['ends in its body', (response) => void response.writeHead(200, { 'Content-Length': '10' }).write('no')],
])('an answer that %s is waited for no longer than patience lasts', async (_title, answer) => {
  await expect(ask(answer, 50)).rejects.toThrow('no answer within 0.05 s')
})

test('of an answer that is too long the rest is not waited for', async () => {
  const answer = (response: ServerResponse): void => {
    response.writeHead(400, { 'Content-Length': '1000000000', 'Retry-After': '7' }).write('no'.repeat(20_000))
  }
  expect(await ask(answer)).toEqual({ status: 400, text: 'no'.repeat(100), retryAfter: '7' })
})

test('a target that is connected and takes nothing is a fault after a while', async () => {
  await using target = await LineTarget.listen()
  target.onConnect = (peer) => peer.pause()
  await using box = new ForwardingStore(1 << 26)
  await box.forwarder.follow([forwardSection(target.port)])
  await box.until('the connection', ({ state }) => state === 'connected')
  for (let round = 0; round < 16; round++) box.add(1, { padding: 'x'.repeat(1 << 20) })
  expect(box.forwarder.faults()).toEqual([])
  await waitFor('a fault', () => {
    box.aheadMs += 10_000
    return box.forwarder.faults().length > 0 || undefined
  })
  expect(box.forwarder.faults()).toEqual(['cannot forward to target: it takes nothing, for 60 s or longer'])
  target.resume()
  await box.until('the rest', ({ behind }) => behind === 0)
  expect(box.forwarder.faults()).toEqual([])
})
