import type { Logger } from 'pino'
import type { Clock } from '../../daemons/runtime/contract.ts'
import type { ExitReport } from '../control/control-protocol.ts'
import { type Gaps, NO_GAPS } from '../service/gap-record.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Ledger } from './ledger.ts'
import type { Predecessor } from './presence.ts'

interface LostLivesParts {
  readonly ledger: Ledger
  readonly clock: Pick<Clock, 'wallMs' | 'monotonicMs'>
  /** Of this start of the machine; '' = not known. */
  readonly bootId: string
  readonly log: Pick<Logger, 'warn'>
}

/**
 * Writes into the ledger how the services ended that ended together with their supervisor, which could not do it itself.
 *
 * @returns for each of them, once, the gap that goes on until it is ready again: one that leaves the configuration and comes back has
 *   no part in it
 */
export function recordLostLives(
  { pid, bootId: formerBootId, aliveMs, lives }: Predecessor,
  { ledger, clock, bootId, log }: LostLivesParts,
): Surroundings['gapsOf'] {
  // An exit that is written down already is that of a supervisor which died before it noted the next life.
  const lost = lives.filter(({ service, life }) => ledger.lastLife(service) < life)
  const wentDown = formerBootId !== '' && bootId !== '' && formerBootId !== bootId
  const [at, back] = [aliveMs, clock.wallMs()].map((ms) => new Date(ms).toISOString()) as [string, string]
  const fate = wentDown
    ? `the machine went down with lanward (pid ${pid})`
    : `lanward itself (pid ${pid}) was killed or crashed`
  const story = `lanward: ${fate}: last seen alive at ${at}, back at ${back}`
  if (lost.length > 0) log.warn({ services: lost.map(({ service }) => service) }, story)
  const atMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - aliveMs)
  const gaps = new Map(
    lost.map(({ service, life }): [string, Gaps] => {
      const reason = wentDown ? 'machine' : 'supervisor'
      const exit: ExitReport = { at, code: null, signal: null, reason, gap_ms: null, queued: null, dropped: null }
      const id = ledger.add(service, life, exit, [story])
      return [service, { open: [{ id, atMs, drops: {}, exit }], closed: [] }]
    }),
  )
  return (service) => {
    const own = gaps.get(service) ?? NO_GAPS
    gaps.delete(service)
    return own
  }
}
