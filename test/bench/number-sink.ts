import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/**
 * A collector that only counts: each message has a number of seven digits behind a `#`. It tells how many different ones came,
 * and how many came twice.
 */
export class NumberSink {
  readonly #server: Server
  readonly #peers = new Set<Socket>()
  readonly #seen: Uint8Array
  readonly #wanted: number
  #reached: () => void = () => undefined
  different = 0
  repeated = 0

  /** @param count how many different numbers there will be, from 0 */
  constructor(count: number) {
    this.#wanted = count
    this.#seen = new Uint8Array(count)
    this.#server = createServer((peer) => {
      let rest = ''
      this.#peers.add(peer)
      peer.on('close', () => this.#peers.delete(peer))
      peer.on('error', () => undefined)
      peer.setEncoding('latin1').on('data', (chunk: string) => {
        rest = this.#count(rest + chunk)
      })
    })
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Resolves when every number has come. */
  async complete(): Promise<void> {
    if (this.different < this.#wanted)
      await new Promise<void>((resolve) => {
        this.#reached = resolve
      })
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) peer.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #count(text: string): string {
    let at = text.indexOf('#')
    for (; at >= 0 && at + DIGITS < text.length; at = text.indexOf('#', at + DIGITS)) {
      const number = Number(text.slice(at + 1, at + 1 + DIGITS))
      if (this.#seen[number] === 0) this.different += 1
      else this.repeated += 1
      this.#seen[number] = 1
    }
    if (this.different >= this.#wanted) this.#reached()
    return at < 0 ? '' : text.slice(at)
  }
}

const DIGITS = 7
