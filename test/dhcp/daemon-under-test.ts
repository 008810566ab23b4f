import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DgramAsPromised } from 'dgram-as-promised'
import type { Message } from '../../daemons/dhcp/message/message.ts'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { formatSocketName } from '../../daemons/runtime/held-sockets.ts'
import { listenUrl } from '../support/loopback.ts'
import { type ClientMessage, clientDatagram } from './client-message.ts'

const MAIN = new URL('../../daemons/dhcp/main.ts', import.meta.url).pathname

/** A held relay socket on loopback and the daemon serving it, which may be killed and started again. */
export class DaemonUnderTest {
  readonly port: number
  readonly #fd: number
  readonly #folder: string
  readonly #token: string
  #child: ChildProcess | null = null
  #questions = 0
  /** What the daemon wrote on stderr; nothing, when all is well. */
  stderr = ''

  constructor(folder: string, token: string) {
    this.#folder = folder
    this.#token = token
    const { fd, url } = openSocket(listenUrl('udp://127.0.0.1:0'))
    this.#fd = fd
    this.port = 'port' in url ? url.port : 0
  }

  /** Starts the daemon and waits until it answers a question. */
  async start(section: DhcpSection): Promise<void> {
    const file = join(this.#folder, 'section.json')
    writeFileSync(file, JSON.stringify(section))
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'ignore', 'pipe', this.#fd, 'ipc'],
      env: {
        LISTEN_FDS: '1',
        LISTEN_FDNAMES: formatSocketName(`udp://127.0.0.1:${this.port}`, false),
        LANWARD_SECTION: file,
        LANWARD_PROBE_TOKEN: this.#token,
        STATE_DIRECTORY: this.#folder,
      },
    })
    child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString()
    })
    this.#child = child
    for (;;) {
      const answer = await this.ask('counters', {})
      if (!('error' in answer)) return
    }
  }

  /** Sends a question over the channel and resolves with the answer. */
  async ask(question: string, params: unknown): Promise<{ result?: unknown; error?: string }> {
    const child = this.#child
    if (child === null) throw new Error('not started')
    const id = ++this.#questions
    const answered = new Promise<{ result?: unknown; error?: string }>((resolve, reject) => {
      const onMessage = (message: { id?: number; result?: unknown; error?: string }): void => {
        if (message.id !== id) return
        child.off('message', onMessage)
        child.off('exit', onExit)
        resolve(message)
      }
      const onExit = (): void => reject(new Error(`the daemon exited: ${this.stderr}`))
      child.on('message', onMessage)
      child.once('exit', onExit)
    })
    child.send({ id, question, params })
    return answered
  }

  /** Ends the daemon with a signal; resolves with its exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    return child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
    closeFd(this.#fd)
  }
}

/** A relay agent on loopback. */
export class RelayAgentClient {
  readonly #socket = DgramAsPromised.createSocket({ type: 'udp4' })
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  async open(): Promise<this> {
    await this.#socket.bind({ address: '127.0.0.1' })
    return this
  }

  /** Sends a message and resolves with the reply to its xid. */
  async exchange(parts: ClientMessage): Promise<Message> {
    const bytes = clientDatagram(parts)
    for (;;) {
      const received = this.#socket.recv()
      await this.#socket.send(bytes, 0, bytes.length, this.#port, '127.0.0.1')
      const packet = await received
      if (packet === undefined) throw new Error('the socket was closed')
      const decoded = decodeMessage(packet.msg)
      if (decoded.kind === 'message' && decoded.message.xid === parts.xid) return decoded.message
    }
  }

  /** Sends a message that gets no reply. */
  async send(parts: ClientMessage): Promise<void> {
    const bytes = clientDatagram(parts)
    await this.#socket.send(bytes, 0, bytes.length, this.#port, '127.0.0.1')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket.close()
  }
}
