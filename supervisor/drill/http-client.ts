import { request } from 'node:http'
import type { ProbeTarget } from '../probes/probe-target.ts'
import { AnswerBook } from './answer-book.ts'
import type { NumberedClient } from './numbered-client.ts'

/** More at once would wait for a free descriptor of ours rather than for the server. */
const BUDGET = 200

/** Asks over TCP, each request on a connection of its own; any whole answer counts. */
export function openHttpClient({ host, port, family }: ProbeTarget): NumberedClient {
  const book = new AnswerBook()
  const over = new AbortController()
  return {
    budget: BUDGET,
    send: () => {
      const number = book.sent()
      const asking = request({ host, port, family, path: '/health', agent: false, signal: over.signal }, (response) => {
        response.on('error', () => undefined)
        response.on('end', () => book.answered(number))
        response.resume()
      })
      asking.on('error', () => undefined)
      asking.end()
    },
    settle: (patienceMs) => book.settle(patienceMs),
    [Symbol.asyncDispose]: async () => over.abort(),
  }
}
