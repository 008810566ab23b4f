import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { refusal } from './answer.ts'
import type { ConnectionGate } from './connection-gate.ts'
import { peekConnection } from './peek-connection.ts'
import { refuseConnect, refuseOctets } from './refuse-octets.ts'
import { type RouteRequest, route, type Site } from './route.ts'
import { sendAnswer, sendBare } from './send-answer.ts'
import type { RequestTally } from './tally.ts'

/** What one connection may take of us. */
export interface HttpLimits {
  readonly headerBytes: number
  readonly headersMs: number
  readonly requestMs: number
  readonly keepAliveMs: number
  /** A client that takes nothing of its answer for this long, to twice this long, is cut off. */
  readonly stallMs: number
  readonly checkEveryMs: number
  readonly requestsPerConnection: number
}

export const HTTP_LIMITS: HttpLimits = {
  headerBytes: 16_384,
  headersMs: 5000,
  requestMs: 10_000,
  keepAliveMs: 5000,
  stallMs: 5000,
  checkEveryMs: 1000,
  requestsPerConnection: 10_000,
}

export interface HttpServerOptions {
  /** Read for each request, so that a reload takes effect at once. */
  readonly site: () => Site
  readonly tally: RequestTally
  /** Shared by all servers of the process. */
  readonly gate: ConnectionGate
  /** The value of `x-lanward-probe` that marks the supervisor's own questions. */
  readonly probeToken: string | null
  /** Told of a throw while a request was served: a defect of ours; the connection is cut. */
  readonly onBug: (error: unknown) => void
  readonly limits?: HttpLimits
}

const BUSY = 'too many connections'

/** Makes a server of HTTP/1.1, HTTP/1.0 and the simple request without a version; the caller makes it listen. */
export function createHttpServer(options: HttpServerOptions): Server {
  const { tally, gate, limits = HTTP_LIMITS } = options
  const server = createServer(
    {
      // Checked here instead, so that a request without it is counted like the other bad ones.
      requireHostHeader: false,
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: limits.checkEveryMs,
    },
    (request, response) => {
      // At a stop the connection ends with the request that is under way.
      if (!server.listening) response.shouldKeepAlive = false
      guard(options, response, serve(options, request, response))
    },
  )
  // A client that has said all it wants may close its half (`printf … | nc -N`) and still gets its answer.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.timeout = limits.stallMs
  server.maxRequestsPerSocket = limits.requestsPerConnection
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code !== 'ECONNRESET') tally.countBad()
    if (socket.writable) socket.end(refuseOctets(error.code))
    else socket.destroy()
  })
  server.on('connect', (_request, socket) => {
    tally.count(405, false)
    socket.on('error', () => socket.destroy())
    socket.end(refuseConnect())
  })
  const [serveFull] = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (!gate.enter(socket)) tally.countTurnedAway()
    socket.setTimeout(limits.stallMs, () => socket.destroy())
    peekConnection(socket, limits.headersMs, {
      onFull: () => serveFull?.call(server, socket),
      onSimple: (_, target) => guard(options, socket, serveSimple(options, socket, target)),
      onBad: () => {
        tally.countBad()
        guard(options, socket, sendBare(socket, '400 bad request: try GET /status\r\n'))
      },
    })
  })
  return server
}

function guard(options: HttpServerOptions, connection: { destroy(): unknown }, served: Promise<void>): void {
  served.catch((error: unknown) => {
    options.onBug(error)
    connection.destroy()
  })
}

async function serve(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isHead = request.method === 'HEAD'
  const close = { connection: 'close' }
  const probe = isProbe(options.probeToken, request.headers['x-lanward-probe'])
  if (!probe && !options.gate.hasSeat(request.socket)) {
    options.tally.count(503, false)
    return sendAnswer(response, refusal(503, BUSY, { ...close, 'retry-after': '5' }), isHead)
  }
  if (request.httpVersionMajor !== 1) {
    options.tally.count(505, false)
    return sendAnswer(response, refusal(505, 'only HTTP/1.0 and HTTP/1.1', close), isHead)
  }
  if (!hasOneHost(request)) {
    options.tally.countBad()
    return sendAnswer(response, refusal(400, 'exactly one Host is needed', close), isHead)
  }
  const { headers } = request
  const asked: RouteRequest = {
    method: request.method ?? '',
    target: request.url ?? '',
    accept: headers.accept,
    conditions: {
      ifNoneMatch: headers['if-none-match'],
      ifModifiedSince: headers['if-modified-since'],
      range: headers.range,
      ifRange: typeof headers['if-range'] === 'string' ? headers['if-range'] : undefined,
    },
  }
  const answer = await route(options.site(), asked)
  if (probe) options.tally.countProbe()
  else options.tally.count(answer.status, false)
  await sendAnswer(response, answer, isHead)
}

async function serveSimple(options: HttpServerOptions, socket: Socket, target: string): Promise<void> {
  socket.on('error', () => socket.destroy())
  if (!options.gate.hasSeat(socket)) {
    options.tally.count(503, true)
    return sendBare(socket, `503 ${BUSY}\r\n`)
  }
  const conditions = { ifNoneMatch: undefined, ifModifiedSince: undefined, range: undefined, ifRange: undefined }
  const answer = await route(options.site(), { method: 'GET', target, accept: undefined, conditions })
  options.tally.count(answer.status, true)
  await sendBare(socket, answer.body)
}

/** @rfc 9112 section 3.2: HTTP/1.1 needs exactly one Host, older versions need none */
function hasOneHost(request: IncomingMessage): boolean {
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
  return request.httpVersion === '1.1' ? hosts === 1 : hosts <= 1
}

function isProbe(token: string | null, header: string | string[] | undefined): boolean {
  if (token === null || typeof header !== 'string' || header.length !== token.length) return false
  return timingSafeEqual(Buffer.from(header, 'latin1'), Buffer.from(token, 'latin1'))
}
