import { type ChildExit, takeExit } from '../../daemons/linux/child-exit.ts'

/** A signal may come before anybody listens; the children themselves are asked this often as well. */
const LOOK_EVERY_MS = 1_000

/** Who waits for which child. */
const awaited = new Map<number, (exit: ChildExit) => void>()
let timer: NodeJS.Timeout | null = null

/**
 * Tells once how a child ended that this process has but did not start in its present program: libuv waits for those
 * alone that it started itself. Keeps the loop alive meanwhile, as a started child does.
 */
export function awaitExit(pid: number, onExit: (exit: ChildExit) => void): void {
  awaited.set(pid, onExit)
  if (timer !== null) return
  timer = setInterval(look, LOOK_EVERY_MS)
  process.on('SIGCHLD', look)
  setImmediate(look)
}

/** One signal may stand for many ends. */
function look(): void {
  for (const [pid, onExit] of awaited) {
    const exit = takeExit(pid)
    if (exit === null) continue
    awaited.delete(pid)
    onExit(exit)
  }
  if (awaited.size > 0 || timer === null) return
  clearInterval(timer)
  timer = null
  process.off('SIGCHLD', look)
}
