import type { Ground } from './ground.ts'

const STATUS_EVERY_MS = 20

/**
 * The longest that `status` took until `during` is over. The time for which the supervisor would have run and others ran instead is
 * not counted: a machine that is busy otherwise says nothing about it.
 *
 * @param supervisor its pid
 * @unit returns milliseconds
 */
export async function timeStatus(
  ground: Pick<Ground, 'status' | 'pause' | 'nowMs' | 'keptWaitingMs'>,
  supervisor: number,
  during: Promise<unknown>,
): Promise<number> {
  let over = false
  let slowestMs = 0
  const end = (): void => {
    over = true
  }
  during.then(end, end)
  do {
    const askedMs = ground.nowMs()
    const keptBeforeMs = ground.keptWaitingMs(supervisor)
    await ground.status()
    const tookMs = ground.nowMs() - askedMs - (ground.keptWaitingMs(supervisor) - keptBeforeMs)
    slowestMs = Math.max(slowestMs, tookMs)
    await ground.pause(STATUS_EVERY_MS)
  } while (!over)
  return slowestMs
}
