import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ForwardHttp, ForwardTls } from '../section.ts'
import { checkFingerprint, tlsChecks } from './connect-stream.ts'

/** What a target answered to one request. */
export interface PostAnswer {
  readonly status: number
  /** The beginning of what it says. */
  readonly text: string
  /** As it came, null when there is none. */
  readonly retryAfter: string | null
}

/** The way to one HTTP target. */
export interface Post {
  /** @throws Error of the network or of TLS */
  send(body: string, contentType: string): Promise<PostAnswer>
  close(): void
}

/**
 * Prepares requests to one URL over one connection that is kept; bodies go compressed. Nothing is asked yet.
 *
 * @rfc 9110
 * @param answerMs for the whole of an answer, from the question to the last byte
 * @throws Error of a file that cannot be read
 */
export async function openPost(
  url: string,
  { headers }: Pick<ForwardHttp, 'headers'>,
  tls: ForwardTls,
  answerMs = ANSWER_MS,
): Promise<Post> {
  // Loaded only where they are needed: most boxes push nothing.
  const secured = url.startsWith('https:')
  const { request, Agent } = await (secured ? import('node:https') : import('node:http'))
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const checks = secured ? tlsChecks(host, tls) : {}
  const agent = new Agent({ ...checks, keepAlive: true, maxSockets: 1 })
  const compress = promisify(gzip)
  const once = (bytes: Buffer, contentType: string): Promise<PostAnswer> => {
    const own = { 'Content-Type': contentType, 'Content-Encoding': 'gzip', 'Content-Length': String(bytes.length) }
    const options: RequestOptions = { ...checks, method: 'POST', agent, headers: { ...headers, ...own } }
    return exchange(request(url, options), bytes, answerMs, (peer) => checkFingerprint(peer, host, tls))
  }
  return {
    send: async (body, contentType) => {
      const bytes = await compress(body, { level: 1 })
      try {
        return await once(bytes, contentType)
      } catch (error) {
        // The connection was kept, and the target closed it at the moment when we used it again.
        if (error instanceof StaleConnection) return once(bytes, contentType)
        throw error
      }
    },
    close: () => agent.destroy(),
  }
}

class StaleConnection extends Error {
  override readonly name = 'StaleConnection'
}

function exchange(
  request: ClientRequest,
  bytes: Buffer,
  answerMs: number,
  check: (peer: TLSSocket) => Error | null,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    let open: ClientRequest | IncomingMessage = request
    const patience = setTimeout(() => open.destroy(new Error(`no answer within ${answerMs / 1000} s`)), answerMs)
    request.on('error', (error) => {
      clearTimeout(patience)
      reject(request.reusedSocket && isReset(error) ? new StaleConnection(error.message) : error)
    })
    request.on('response', (response) => {
      open = response
      readStart(response)
        .finally(() => clearTimeout(patience))
        .then((text) => {
          const retryAfter = response.headers['retry-after'] ?? null
          resolve({ status: response.statusCode ?? 0, text, retryAfter })
        }, reject)
    })
    request.on('socket', (peer) => {
      if (!(peer instanceof TLSSocket) || request.reusedSocket) {
        request.end(bytes)
        return
      }
      // Nothing is said before it is known to whom.
      peer.once('secureConnect', () => {
        const wrong = check(peer)
        if (wrong === null) request.end(bytes)
        else request.destroy(wrong)
      })
    })
  })
}

/** Reads an answer to its end and keeps the beginning. @attack of one that is too long the rest is not waited for: its connection is given up */
async function readStart(response: IncomingMessage): Promise<string> {
  let text = ''
  let length = 0
  response.setEncoding('utf8')
  for await (const chunk of response) {
    if (text.length < TEXT_CHARACTERS) text += String(chunk)
    length += String(chunk).length
    if (length > ANSWER_CHARACTERS) break
  }
  return text.slice(0, TEXT_CHARACTERS).trim()
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

const ANSWER_MS = 30_000
const TEXT_CHARACTERS = 200
const ANSWER_CHARACTERS = 1 << 14
