import { execFile } from 'node:child_process'
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Side } from './syslog-sides.ts'

const run = promisify(execFile)
const PATIENCE_MS = 10_000
/** Before the measuring begins: a collector runs for weeks, its first second says little. */
const WARM_UP = { rate: 50_000, seconds: 1 }

/** What one collector did in one round. */
export interface Round {
  readonly sent: number
  readonly stored: number
  /** Sent per second over UDP; stored per second of a flood over TCP, from its first to its last message. */
  readonly perSecond: number
  /** CPU per stored message. */
  readonly microseconds: number
  /** Most memory it ever had. @unit bytes, resident */
  readonly peakBytes: number
}

/** A fresh collector and an empty folder each time, so that no round inherits anything. */
async function withCollector<T>(
  side: Side,
  work: (folder: string, server: ReturnType<Side['start']>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-syslog-'))
  const server = side.start(folder)
  try {
    await listening(side.port)
    return await work(folder, server)
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Floods a collector over UDP at a steady rate. @param ports how many ports of the sender the messages come from */
export function measureUdp(side: Side, rate: number, seconds: number, ports = 1): Promise<Round> {
  return withCollector(side, async (folder, server) => {
    const flood = (at: number, during: number) => floodBy('syslog-flood.ts', [side.port, at, during, ports])
    const warm = await flood(WARM_UP.rate, WARM_UP.seconds)
    await settled(() => bytesOf(side.outputs(folder)))
    const before = server.cpuMicroseconds()
    const { sent, seconds: took } = await flood(rate, seconds)
    await settled(() => bytesOf(side.outputs(folder)))
    const cpu = server.cpuMicroseconds() - before
    const peakBytes = server.peakBytes()
    await server.stop()
    const stored = (await countLines(side.outputs(folder))) - warm.sent
    return { sent, stored, perSecond: sent / took, microseconds: cpu / Math.max(stored, 1), peakBytes }
  })
}

/** Sends so many messages over each of several TCP connections as fast as they are taken. */
export function measureTcp(side: Side, connections: number, messages: number): Promise<Round> {
  return withCollector(side, async (folder, server) => {
    const flood = (each: number) => floodBy('syslog-stream-flood.ts', [side.port, connections, each])
    const warm = await flood(1000)
    await settled(() => bytesOf(side.outputs(folder)))
    const warmBytes = bytesOf(side.outputs(folder))
    const lineBytes = warmBytes / warm.sent
    const before = server.cpuMicroseconds()
    const started = performance.now()
    const { sent } = await flood(messages)
    // Lines are of one length but for the growing numbers: the last 0.1 % are not waited for.
    const enough = warmBytes + sent * lineBytes * 0.999
    const deadline = started + 60_000
    while (bytesOf(side.outputs(folder)) < enough && performance.now() < deadline) await pause(5)
    const took = (performance.now() - started) / 1000
    await settled(() => bytesOf(side.outputs(folder)))
    const cpu = server.cpuMicroseconds() - before
    const peakBytes = server.peakBytes()
    await server.stop()
    const stored = (await countLines(side.outputs(folder))) - warm.sent
    return { sent, stored, perSecond: sent / took, microseconds: cpu / Math.max(stored, 1), peakBytes }
  })
}

/** Runs a sender; it prints what it sent as JSON. */
async function floodBy(file: string, args: readonly number[]): Promise<{ sent: number; seconds: number }> {
  const path = new URL(file, import.meta.url).pathname
  const { stdout } = await run('tsx', [path, ...args.map(String)], { encoding: 'utf8' })
  return JSON.parse(stdout)
}

/** Waits until the port is bound, as /proc/net/udp tells. */
async function listening(port: number): Promise<void> {
  const mark = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const deadline = performance.now() + PATIENCE_MS
  while (!readFileSync('/proc/net/udp', 'latin1').includes(mark)) {
    if (performance.now() > deadline) throw new Error(`nobody listens on port ${port}`)
    await pause(20)
  }
  await pause(300)
}

async function settled(bytes: () => number): Promise<void> {
  for (let last = -1, now = bytes(); now !== last; now = bytes()) {
    last = now
    await pause(500)
  }
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + statSync(path).size, 0)
}

async function countLines(paths: readonly string[]): Promise<number> {
  let lines = 0
  for (const path of paths)
    for await (const chunk of createReadStream(path))
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
  return lines
}
