import type { Remains } from './flight-record.ts'
import type { CountRow, LedgerRow, StateRow } from './ledger-row.ts'
import type { SocketDrops } from './minute-rows.ts'

/** What a process finds at its beginning. */
export interface Beginning {
  readonly atMs: number
  readonly nextSeq: number
  readonly boot: string
  /** Datagram sockets with their drops at the beginning. */
  readonly sockets: readonly SocketDrops[]
  /** Messages that were stored after the last word of the process before, by listener. */
  readonly stored: ReadonlyMap<string, number>
  /** What that process left when it was killed; null = not known. */
  readonly remains: Remains | null
}

/**
 * Tells what happened between the last word of one process and the beginning of the next: what was still stored, what the
 * kernel dropped, what died, and whether anybody listened.
 *
 * A socket that was held through it has the same inode, and its count of drops goes on; one that was opened anew counts
 * from zero.
 */
export function bridge(state: StateRow, beginning: Beginning): readonly LedgerRow[] {
  const { atMs, nextSeq, boot, sockets, stored, remains } = beginning
  const to = new Date(atMs).toISOString()
  // A clock may have been put back meanwhile.
  const span = { from: [state.at, to].sort()[0] ?? to, to }
  const kernel = new Map<string, number>()
  for (const { inode, via, drops } of sockets) {
    const more = (drops - (state.sockets[inode] ?? 0)) >>> 0
    if (more > 0) kernel.set(via, (kernel.get(via) ?? 0) + more)
  }
  const rows: LedgerRow[] = [...new Set([...stored.keys(), ...kernel.keys()])].map((via): CountRow => {
    const count = stored.get(via) ?? 0
    const drops = kernel.get(via) ?? 0
    const lost = drops > 0 ? { lost_from: span.from, lost_to: span.to } : { lost_from: null, lost_to: null }
    return { kind: 'count', ...span, via, received: count, stored: count, dropped: {}, kernel: drops, ...lost }
  })
  if (nextSeq < state.seq) rows.push({ kind: 'vanished', ...span, count: state.seq - nextSeq })
  if (!state.ended) {
    const how = state.boot === boot ? 'killed' : 'power'
    // Of what it had in hand, what the store has got meanwhile did not die.
    const read =
      remains?.unfinished.reduce(
        (sum, one) => sum + Math.max(0, one.datagrams - Math.max(0, nextSeq - one.nextSeq)),
        0,
      ) ?? null
    // The state tells of the last second at best: a connection may be younger.
    const connections = remains?.connections ?? state.connections
    rows.push({ kind: 'death', ...span, how, read, connections })
  }
  const held = sockets.some(({ inode }) => state.sockets[inode] !== undefined)
  if (!held && Object.keys(state.sockets).length > 0) rows.push({ kind: 'away', ...span })
  return rows
}
