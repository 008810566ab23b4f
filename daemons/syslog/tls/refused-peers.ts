import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import type { FailureKind, HandshakeFailure } from './handshake-failure.ts'

/** Peers and reasons that are remembered, and of these the newest that are told. */
const KEPT = 64
const TOLD = 16
/** How long nothing more is logged of a peer and a reason. */
const QUIET_MS = 300_000
/** Lines of all peers together in that time: who has a whole network writes no more than this. */
const MOST_LINES = 30

/** A peer that was not let in, as `services[].details.tls_refused` shows it. */
export interface RefusedPeer {
  readonly address: string
  readonly kind: FailureKind
  readonly reason: string
  readonly times: number
  /** Of the last time, RFC 3339. */
  readonly last: string
  readonly text: string
}

interface Kept {
  readonly address: string
  failure: HandshakeFailure
  times: number
  /** How often since the last line about it. */
  untold: number
  lastMs: number
  quietUntilMs: number
}

/**
 * Who was refused at the TLS ports lately, and why: by address and reason, the newest 64, one line in the log for each in
 * five minutes and 30 for all.
 */
export class RefusedPeers {
  readonly #clock: Pick<Clock, 'wallMs' | 'monotonicMs'>
  readonly #log: Pick<Logger, 'warn'>
  /** Longest ago first. */
  readonly #kept = new Map<string, Kept>()
  #window = { endMs: 0, lines: 0 }

  constructor({ clock, log }: { clock: Pick<Clock, 'wallMs' | 'monotonicMs'>; log: Pick<Logger, 'warn'> }) {
    this.#clock = clock
    this.#log = log
  }

  /** @param address without a port; listen: the URL of the socket that it came to */
  add(address: string, failure: HandshakeFailure, listen: string): void {
    const key = `${failure.kind} ${address}`
    const kept = this.#kept.get(key) ?? { address, failure, times: 0, untold: 0, lastMs: 0, quietUntilMs: 0 }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    kept.failure = failure
    kept.times += 1
    kept.untold += 1
    kept.lastMs = this.#clock.wallMs()
    this.#tell(kept, listen)
    if (this.#kept.size <= KEPT) return
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest)
      break
    }
  }

  /** Newest first. */
  report(): readonly RefusedPeer[] {
    return [...this.#kept.values()]
      .toReversed()
      .slice(0, TOLD)
      .map(({ address, failure: { kind, reason }, times, lastMs }) => {
        const last = new Date(lastMs).toISOString()
        const often = times === 1 ? '' : `${times} times, `
        return { address, kind, reason, times, last, text: `${address}: ${reason}; ${often}last at ${last}` }
      })
  }

  #tell(kept: Kept, listen: string): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= this.#window.endMs) this.#window = { endMs: nowMs + QUIET_MS, lines: 0 }
    if (nowMs < kept.quietUntilMs || this.#window.lines >= MOST_LINES) return
    const { address, untold, failure } = kept
    this.#window.lines += 1
    this.#log.warn({ peer: address, listen, times: untold, reason: failure.reason }, 'refused over TLS')
    kept.untold = 0
    kept.quietUntilMs = nowMs + QUIET_MS
  }
}
