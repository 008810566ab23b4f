import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { runCommandLine } from '../../supervisor/cli/command-line.ts'
import type { ControlRequest } from '../../supervisor/control/control-protocol.ts'

/** What the fake answers: a result, a refusal, or raw text in place of an answer line. */
export type FakeAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly exitCode: number; readonly message: string } }
  | { readonly raw: string }
  | { readonly hangUp: true }

export interface FakeSupervisor extends AsyncDisposable {
  /** A configuration file whose control socket is the fake's. */
  readonly configFile: string
  readonly runDir: string
  readonly requests: ControlRequest[]
}

/** A folder with a configuration whose control socket nobody serves. */
export function lonelyConfig(): { configFile: string; runDir: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-cli-'))
  const configFile = join(folder, 'f.toml')
  writeFileSync(configFile, 'run_dir = "."\nstate_dir = "state"\n[ntp]\nlisten = ["udp://127.0.0.1:0"]\n')
  return { configFile, runDir: folder }
}

/** Serves the control socket with one answer for every request, or one for each. */
export async function fakeSupervisor(
  answer: FakeAnswer | ((request: ControlRequest) => FakeAnswer),
): Promise<FakeSupervisor> {
  const { configFile, runDir } = lonelyConfig()
  const requests: ControlRequest[] = []
  const server = createServer((socket) => serve(socket, typeof answer === 'function' ? answer : () => answer, requests))
  await listen(server, join(runDir, 'control.sock'))
  return {
    configFile,
    runDir,
    requests,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function serve(socket: Socket, answerTo: (request: ControlRequest) => FakeAnswer, requests: ControlRequest[]): void {
  let text = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    text += bytes.toString()
    if (!text.endsWith('\n')) return
    const request: ControlRequest = JSON.parse(text)
    requests.push(request)
    const answer = answerTo(request)
    if ('hangUp' in answer) socket.destroy()
    else if ('raw' in answer) socket.write(answer.raw)
    else writeInHalves(socket, `${JSON.stringify({ id: request.id, ...answer })}\n`)
  })
}

/** An answer comes in as many pieces as the kernel likes. */
function writeInHalves(socket: Socket, line: string): void {
  const half = Buffer.from(line)
  const cut = Math.floor(half.length / 2)
  socket.write(half.subarray(0, cut), () => socket.write(half.subarray(cut)))
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => server.once('error', reject).listen(path, resolve))
}

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command line in this process and collects what it wrote. */
export async function run(
  argv: readonly string[],
  options: { colour?: boolean; env?: Record<string, string>; answer?: string; columns?: number } = {},
): Promise<Outcome> {
  const stdout = new Collected()
  const stderr = new Collected()
  const code = await runCommandLine(argv, {
    stdout,
    stderr,
    colour: options.colour ?? false,
    columns: options.columns ?? null,
    env: options.env ?? {},
    now: () => new Date(0),
    ask: async () => options.answer ?? null,
    stop: new AbortController().signal,
  })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

class Collected extends Writable {
  text = ''
  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
