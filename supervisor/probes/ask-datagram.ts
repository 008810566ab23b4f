import { DgramAsPromised, TimeoutError } from 'dgram-as-promised'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { ProbeOutcome } from './probe.ts'
import { probeTarget } from './probe-target.ts'

/** What a datagram says about our question; `other` = it is no answer to it, go on listening. */
export type DatagramVerdict = 'ok' | 'other' | { readonly error: string }

export interface DatagramQuestion {
  readonly url: ListenUrl
  readonly bytes: Uint8Array
  readonly timeoutMs: number
  readonly now: () => number
  readonly judge: (answer: Buffer) => DatagramVerdict
}

/** Answers that are not ours may be this many, then the port belongs to somebody strange. */
const STRANGE_MAX = 32

/** Sends one datagram from a port of its own and judges what comes back; never rejects, always closes its socket. */
export async function askDatagram(question: DatagramQuestion, signal: AbortSignal): Promise<ProbeOutcome> {
  if (signal.aborted) return { kind: 'silent', error: 'stopped' }
  const { host, port, family } = probeTarget(question.url)
  const socket = DgramAsPromised.createSocket(family === 4 ? 'udp4' : 'udp6')
  const started = question.now()
  const left = (): number => Math.max(1, Math.ceil(question.timeoutMs - (question.now() - started)))
  const aborted = Promise.withResolvers<undefined>()
  const stop = (): void => aborted.resolve(undefined)
  signal.addEventListener('abort', stop, { once: true })
  try {
    // An answer that comes before anybody listens is lost, so listening begins before the question is sent.
    let coming = socket.setTimeout(left()).recv()
    coming.catch(() => undefined)
    const sending = socket.send(question.bytes, 0, question.bytes.length, port, host)
    sending.catch(() => undefined)
    await Promise.race([sending, aborted.promise])
    for (let strange = 0; strange < STRANGE_MAX; strange++) {
      const packet = await Promise.race([coming, aborted.promise])
      if (packet === undefined) return { kind: 'silent', error: 'stopped' }
      const latencyMs = question.now() - started
      const verdict = packet.rinfo.port === port ? question.judge(packet.msg) : 'other'
      if (verdict === 'ok') return { kind: 'ok', latencyMs }
      if (verdict !== 'other') return { kind: 'sick', error: verdict.error, latencyMs }
      coming = socket.setTimeout(left()).recv()
      coming.catch(() => undefined)
    }
    return { kind: 'silent', error: 'only answers to other questions came' }
  } catch (error) {
    const late = error instanceof TimeoutError || !(error instanceof Error)
    return { kind: 'silent', error: late ? `no answer in ${question.timeoutMs} ms` : error.message }
  } finally {
    signal.removeEventListener('abort', stop)
    await socket.close()
  }
}
