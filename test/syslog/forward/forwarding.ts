import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { systemClock } from '../../../daemons/runtime/system-clock.ts'
import { Forwarder } from '../../../daemons/syslog/forward/forwarder.ts'
import { readStoredRecord } from '../../../daemons/syslog/forward/stored-record.ts'
import type { TargetReport } from '../../../daemons/syslog/forward/target-report.ts'
import type { ForwardSection } from '../../../daemons/syslog/section.ts'
import { SegmentStore } from '../../../daemons/syslog/store/segment-store.ts'
import { waitFor } from '../../support/wait-for.ts'

/** Everything to a port of loopback over TCP, except for the changes. */
export function forwardSection(port: number, changes: Partial<ForwardSection> = {}): ForwardSection {
  return {
    name: 'target',
    to: { scheme: 'tcp', host: '127.0.0.1', port },
    filter: { severity: 7, facilities: [], hosts: [], apps: [] },
    format: 'rfc5424',
    framing: 'newline',
    origin: true,
    maxMessageBytes: 1 << 20,
    rate: null,
    tls: { ca: null, cert: null, key: null, name: null },
    http: null,
    spool: { sizeBytes: 1 << 30, ageMs: 1e9 },
    ...changes,
  }
}

/** A store whose messages are passed on, in a folder of its own. */
export class ForwardingStore implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'lanward-forward-'))
  readonly store: SegmentStore
  forwarder: Forwarder
  /** How fast the forwarder's time passes, so that nobody waits for what counts as kept; 0 = not at all. */
  speed = 10
  /** What the forwarder wrote into its log. */
  readonly said: string[] = []
  /** What the forwarder's clock is set forward by. */
  aheadMs = 0

  constructor(segmentBytes = 1 << 20) {
    this.store = new SegmentStore({
      folder: join(this.folder, 'segments'),
      limits: {
        segment: { sizeBytes: segmentBytes, ageMs: 1e9 },
        retention: { ageMs: 1e9, sizeBytes: 1 << 30 },
        sync: 'off',
      },
      clock: systemClock,
      log: pino({ level: 'silent' }),
    })
    this.forwarder = this.#open()
  }

  /** Stores messages whose text is their number. @param src where they came from */
  add(count: number, changes: { readonly src?: string; readonly sd?: string; readonly padding?: string } = {}): void {
    const { src = 'unix', sd = 'null', padding = '' } = changes
    const first = this.store.nextSeq
    const lines = Array.from({ length: count }, (_, index) => {
      const seq = first + index
      return `{"rt":"2026-01-31T12:00:00.000000Z","seq":${seq},"src":"${src}","via":"udp://0.0.0.0:514","facility":"user","severity":"notice","host":"h","app":"a","procid":null,"msgid":null,"ts":null,"sd":${sd},"msg":"${padding}${seq}","format":"rfc5424","flags":[]}\n`
    })
    for (const line of lines) this.#show(line)
    if (this.store.append(Buffer.from(lines.join('')), count)) this.forwarder.stored()
    else this.forwarder.refused()
  }

  /** The report on the only target, or on the one of that name, once it is so. */
  until(what: string, holds: (report: TargetReport) => boolean, name?: string): Promise<TargetReport> {
    return waitFor(what, () => {
      const report = this.forwarder.reports().find((each) => name === undefined || each.name === name)
      return report !== undefined && holds(report) ? report : undefined
    })
  }

  /** Another process takes the place of the forwarder. */
  async restart(): Promise<void> {
    await this.forwarder.close()
    this.forwarder = this.#open()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forwarder.close()
    this.store.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Lets the forwarder have a message as it comes, as the collector does. */
  #show(line: string): void {
    const record = readStoredRecord(line.trimEnd())
    if (record === null) throw new Error(`no line of the store: ${line}`)
    const { seq, src: peer, facility, severity, host, app, procid: procId, msgid: msgId, ts: time, msg } = record
    const structuredData =
      record.sd === null
        ? null
        : Object.entries(record.sd).map(([sdId, params]) => ({
            sdId,
            params: Object.entries(params).flatMap(([name, values]) =>
              [values].flat().map((value) => [name, value] as const),
            ),
          }))
    const facts = { facility, severity, host, app, procId, msgId, time, timeText: null, structuredData, msg }
    const seconds = Date.parse(record.rt) / 1000
    this.forwarder.add(
      { ...facts, version: 1, format: 'rfc5424', flags: [], exact: true },
      { seq, peer, seconds, nanoseconds: 0 },
    )
  }

  #open(): Forwarder {
    const forwarder = new Forwarder({
      ...{ stateDir: this.folder, host: 'box', chance: () => 0 },
      log: pino({}, { write: (line) => void this.said.push(JSON.parse(line).msg) }),
      end: () => this.store.nextSeq,
      segments: () => this.store.segments(),
      clock: { ...systemClock, monotonicMs: () => systemClock.monotonicMs() * this.speed + this.aheadMs },
    })
    this.store.watch(() => forwarder.wake())
    return forwarder
  }
}

/** A collector of lines that a test can break. */
export class LineTarget implements AsyncDisposable {
  /** The text of each message, by connection. */
  readonly connections: string[][] = []
  readonly #server: Server
  readonly #peers = new Set<Socket>()
  /** Called with each new connection. */
  onConnect: (peer: Socket) => void = () => undefined

  static async listen(port = 0): Promise<LineTarget> {
    const target = new LineTarget()
    target.#server.listen(port, '127.0.0.1')
    await once(target.#server, 'listening')
    return target
  }

  private constructor() {
    this.#server = createServer((peer) => {
      const lines: string[] = []
      let rest = ''
      this.connections.push(lines)
      this.#peers.add(peer)
      peer.on('error', () => undefined)
      peer.on('close', () => this.#peers.delete(peer))
      peer.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n')
        rest = parts.pop() ?? ''
        lines.push(...parts.map((line) => line.slice(line.lastIndexOf(' ') + 1)))
      })
      this.onConnect(peer)
    })
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** The numbers of all messages, as they came. */
  get numbers(): number[] {
    return this.connections.flat().map(Number)
  }

  /** Breaks the connections without a farewell: what lies unread is gone. */
  reset(): void {
    for (const peer of this.#peers) peer.resetAndDestroy()
  }

  pause(): void {
    for (const peer of this.#peers) peer.pause()
  }

  resume(): void {
    for (const peer of this.#peers) peer.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    this.reset()
    if (this.#server.listening) await once(this.#server, 'close')
  }
}

/** The numbers from 1 up to and with `last`. */
export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}
