import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { isRecord } from '../child/child-channel.ts'
import { decodeFrames, encodeTextFrame } from './web-socket-frames.ts'

/** Frames that are told; a recursion has thousands. */
const MAX_FRAMES = 30
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** The debugger tells of each script that was loaded. */
const MAX_MESSAGES = 10_000

/**
 * Has the debugger of a Node process halt it where it is, even in an endless loop, and reads its JavaScript stack. The
 * process stays halted.
 *
 * @param address of its debugger, as it told it itself
 * @returns lines such as `at parse (/usr/lib/lanward/dist/daemons/ntp/main.cjs:12:3)`, innermost first; never rejects: empty
 * when it does not answer in time
 */
export function readStack(address: DebuggerAddress, timeoutMs: number): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  const socket = connect({ host: '127.0.0.1', port: address.port })
  const finish = (lines: readonly string[]): void => {
    clearTimeout(timer)
    socket.destroy()
    resolve(lines)
  }
  const timer = setTimeout(() => finish([]), timeoutMs)
  const messages: string[] = []
  let received: Buffer = Buffer.alloc(0)
  let greeted = false
  socket.on('error', () => finish([]))
  socket.on('close', () => finish([]))
  socket.on('connect', () => socket.write(upgradeRequest(address)))
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length > MAX_ANSWER_BYTES || messages.length > MAX_MESSAGES) return finish([])
    if (!greeted) {
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      if (!received.toString('latin1', 0, end).startsWith('HTTP/1.1 101 ')) return finish([])
      greeted = true
      received = received.subarray(end + 4)
      for (const [index, method] of ['Debugger.enable', 'Debugger.pause'].entries())
        socket.write(encodeTextFrame(JSON.stringify({ id: index + 1, method }), randomBytes(4)))
    }
    const frames = decodeFrames(received)
    if (frames === null) return finish([])
    received = frames.rest
    messages.push(...frames.texts)
    const lines = haltedStack(messages)
    if (lines !== null) finish(lines)
  })
  return promise
}

/** Where a Node process says that its debugger listens. */
export interface DebuggerAddress {
  readonly port: number
  /** Known to nobody but the readers of its standard error. */
  readonly secret: string
}

/** Reads `Debugger listening on ws://…`; only loopback is believed. */
export function parseDebuggerLine(line: string): DebuggerAddress | null {
  const match = /^Debugger listening on ws:\/\/127\.0\.0\.1:([0-9]{1,5})\/([0-9a-f-]{36})$/.exec(line)
  return match === null ? null : { port: Number(match[1]), secret: match[2] ?? '' }
}

/** The opening handshake, RFC 6455 section 4.1; what the server makes of the key is no concern on loopback. */
function upgradeRequest({ port, secret }: DebuggerAddress): string {
  return [
    `GET /${secret} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n')
}

/** The stack in the messages of the debugger; null when it has not halted yet. */
export function haltedStack(messages: readonly string[]): readonly string[] | null {
  const paused = messages.findLast((text) => text.startsWith('{"method":"Debugger.paused"'))
  const frames = paused === undefined ? null : paramsOf(paused)['callFrames']
  if (!Array.isArray(frames)) return null
  const scripts = new Map<unknown, unknown>()
  for (const text of messages) {
    if (!text.startsWith('{"method":"Debugger.scriptParsed"')) continue
    const { scriptId, url } = paramsOf(text)
    scripts.set(scriptId, url)
  }
  return frames.slice(0, MAX_FRAMES).map((frame) => frameLine(frame, scripts))
}

function frameLine(frame: unknown, scripts: ReadonlyMap<unknown, unknown>): string {
  const { functionName, location } = isRecord(frame) ? frame : {}
  const { scriptId, lineNumber, columnNumber } = isRecord(location) ? location : {}
  const name = functionName === '' ? '(anonymous)' : String(functionName)
  const file = String(scripts.get(scriptId) ?? 'unknown').replace(/^file:\/\//, '')
  return `at ${name} (${file}:${Number(lineNumber) + 1}:${Number(columnNumber) + 1})`
}

function paramsOf(text: string): Record<string, unknown> {
  try {
    const message: unknown = JSON.parse(text)
    const params = isRecord(message) ? message['params'] : null
    return isRecord(params) ? params : {}
  } catch {
    return {}
  }
}
