import { unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { openUnixListener } from '../../daemons/linux/open-socket.ts'
import { isRecord } from '../child/child-channel.ts'
import { ControlError } from './control-error.ts'
import type { ControlAnswer, ControlMethod, ControlRequest } from './control-protocol.ts'

/** Answers one request; a `ControlError` is told with its exit code, any other error with 70. */
export type AnswerControl = (method: ControlMethod, params: ControlRequest['params']) => Promise<unknown>

const MAX_CLIENTS = 64
const MAX_LINE_CHARACTERS = 64 * 1024
/** Requests of one client under way at one time. */
const MAX_OPEN = 16
/** A client that lets this much lie unread is hung up on. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

const METHODS: ReadonlySet<string> = new Set<ControlMethod>([
  'status',
  'why',
  'start',
  'stop',
  'restart',
  'reload',
  'reexec',
  'query',
  'change',
])

/** The control socket: JSON lines each way, for the owner alone. */
export class ControlServer {
  /** The listening socket: whoever has it when we are replaced answers those who wait in it. */
  readonly fd: number
  readonly #path: string
  readonly #server: Server
  readonly #clients = new Set<Socket>()

  private constructor(path: string, fd: number, server: Server) {
    this.#path = path
    this.fd = fd
    this.#server = server
  }

  /**
   * Opens the socket, replacing one that a dead supervisor left behind: the caller holds the run lock.
   *
   * @param fd the socket, when it listens there already
   * @throws Error when the socket cannot be made
   */
  static async open(path: string, answer: AnswerControl, fd = openUnixListener(path, 0o600)): Promise<ControlServer> {
    const server = createServer()
    const control = new ControlServer(path, fd, server)
    server.maxConnections = MAX_CLIENTS
    server.on('connection', (socket) => control.#serve(socket, answer))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ fd }, resolve)
    })
    server.on('error', () => undefined)
    return control
  }

  /** Hangs up on everyone and takes the socket away. */
  close(): Promise<void> {
    unlink(this.#path)
    for (const socket of this.#clients) socket.end()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#clients) if (socket.writableLength === 0) socket.destroySoon()
    })
  }

  #serve(socket: Socket, answer: AnswerControl): void {
    let line = ''
    let open = 0
    this.#clients.add(socket)
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#clients.delete(socket))
    socket.on('data', (text: string) => {
      line += text
      for (let end = line.indexOf('\n'); end >= 0; end = line.indexOf('\n')) {
        const request = line.slice(0, end)
        line = line.slice(end + 1)
        if (open >= MAX_OPEN) {
          socket.destroy()
          return
        }
        open += 1
        void respond(request, answer).then((reply) => {
          open -= 1
          send(socket, reply)
        })
      }
      if (line.length > MAX_LINE_CHARACTERS) socket.destroy()
    })
  }
}

/** Answers one line; never rejects. */
export async function respond(line: string, answer: AnswerControl): Promise<ControlAnswer> {
  const request = readRequest(line)
  if (typeof request === 'string') return { id: 0, error: { exitCode: 64, message: request } }
  const { id, method, params } = request
  try {
    return { id, result: (await answer(method, params)) ?? null }
  } catch (error) {
    const exitCode = error instanceof ControlError ? error.exitCode : 70
    return { id, error: { exitCode, message: error instanceof Error ? error.message : String(error) } }
  }
}

/** Reads a request; a text says what is wrong with it. */
export function readRequest(line: string): ControlRequest | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return 'a request must be one JSON object on one line'
  }
  if (!isRecord(value)) return 'a request must be a JSON object'
  const { id, method, params = {} } = value as { id?: unknown; method?: unknown; params?: unknown }
  if (typeof id !== 'number') return 'a request needs a number as id'
  if (typeof method !== 'string' || !METHODS.has(method)) return `there is no method ${JSON.stringify(method)}`
  if (!isRecord(params)) return 'params must be an object'
  const { service, question } = params as { service?: unknown; question?: unknown }
  if (service !== undefined && typeof service !== 'string') return 'params.service must be a text'
  if (question !== undefined && typeof question !== 'string') return 'params.question must be a text'
  return { id, method: method as ControlMethod, params: params as ControlRequest['params'] }
}

function send(socket: Socket, reply: ControlAnswer): void {
  if (socket.destroyed) return
  if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy()
  else socket.write(`${JSON.stringify(reply)}\n`)
}

function unlink(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody cleaned up the folder before us.
  }
}
