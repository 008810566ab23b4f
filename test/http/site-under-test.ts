import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ConnectionGate, type GateLimits } from '../../daemons/http/connection-gate.ts'
import { createHttpServer, HTTP_LIMITS, type HttpLimits } from '../../daemons/http/http-server.ts'
import type { ServiceStatus, StatusDocument } from '../../daemons/http/status-document.ts'
import type { StatusAnswer } from '../../daemons/http/status-source.ts'
import { RequestTally } from '../../daemons/http/tally.ts'

export const TOKEN = '00112233445566778899aabbccddeeff'

/** A service that is well, but for what is given. */
export function serviceStatus(more: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name: 'ntp',
    state: 'ready',
    health: 'ok',
    reason: null,
    pid: 7,
    uptime_s: 3,
    restarts: 0,
    status: 'local stratum 10',
    listen: ['udp://127.0.0.1:1123'],
    probe: { ok: true, latency_ms: 0.5, error: null },
    last_exit: null,
    schedule: null,
    next_retry_s: null,
    memory_bytes: 1024,
    cpu_s: 0.5,
    counters: { received: 3 },
    ...more,
  }
}

/** A report of these services. */
export function statusDocument(...services: readonly ServiceStatus[]): StatusDocument {
  return { supervisor: { pid: 1, version: '0.1.0', uptime_s: 4, health: 'ok' }, services }
}

/** What came back for one request. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The http server of the daemon on a free port, over a folder of its own. */
export class SiteUnderTest implements AsyncDisposable {
  /** The folder that is served is `public` in here. */
  readonly folder = mkdtempSync(join(tmpdir(), 'lanward-http-'))
  readonly tally = new RequestTally()
  readonly bugs: unknown[] = []
  readonly server
  answer: StatusAnswer = { document: statusDocument(serviceStatus()) }
  port = 0

  constructor(gate: Partial<GateLimits> = {}, limits: Partial<HttpLimits> = {}) {
    this.server = createHttpServer({
      site: () => ({ status: async () => this.answer, root: join(this.folder, 'public') }),
      tally: this.tally,
      gate: new ConnectionGate({ seats: 100, seatsPerAddress: 100, bench: 4, ...gate }),
      probeToken: TOKEN,
      onBug: (error) => this.bugs.push(error),
      limits: { ...HTTP_LIMITS, ...limits },
    })
  }

  async open(): Promise<this> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    const address = this.server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
    return this
  }

  /** Opens a connection. */
  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }

  /** Sends octets and gives all that comes back until the server closes. */
  async exchange(octets: string, half: 'open' | 'closed' = 'open'): Promise<string> {
    const socket = await this.connect()
    if (half === 'closed') socket.end(octets, 'latin1')
    else socket.write(octets, 'latin1')
    return (await buffer(socket)).toString('latin1')
  }

  /** One whole request with a Host and without keep-alive. */
  async ask(method: string, target: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const lines = Object.entries({ host: 'box', connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    )
    return readReply(await this.exchange(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`))
  }

  get(target: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.ask('GET', target, headers)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
    rmSync(this.folder, { recursive: true })
  }
}

/** Reads one reply whose body ends with the connection. */
export function readReply(text: string): Reply {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...fields] = text.slice(0, end).split('\r\n')
  const headers = fields.map((field) => [
    field.slice(0, field.indexOf(':')).toLowerCase(),
    field.slice(field.indexOf(':') + 2),
  ])
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1]),
    headers: Object.fromEntries(headers),
    body: text.slice(end + 4),
  }
}
