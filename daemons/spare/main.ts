import { createRequire } from 'node:module'
import { closeFd } from '../linux/open-socket.ts'
import { rewriteVariable } from '../linux/own-environment.ts'
import { receiveDescriptors, sendDescriptors } from '../linux/passed-descriptors.ts'
import { forbidNewPrivileges, setParentDeathSignal } from '../linux/process-control.ts'
import { MAX_ORDER_BYTES, ORDER_FD, SPARE_READY, type SpareOrder } from '../runtime/spare-order.ts'
import { openWaitingRoom, type Wake } from '../runtime/waiting-room.ts'
import { warmUp } from './warm-up.ts'

/**
 * The warm spare: loads the programs that it is called with, then waits to become one of them. It has no sockets until the order
 * brings those of the daemon that died, so that it never holds one which it does not serve.
 */

const SIGTERM = 15
const MARK = 'LANWARD_LIFE'

async function main(programs: readonly string[]): Promise<void> {
  process.title = 'lanward: spare'
  setParentDeathSignal(SIGTERM)
  forbidNewPrivileges()
  const waiting = loadAll(programs)
  await warmUp()
  sendDescriptors(ORDER_FD, SPARE_READY, [])
  // Nothing else happens here before the order: waiting in the call itself costs nothing and wakes at once.
  const message = receiveDescriptors(ORDER_FD, MAX_ORDER_BYTES)
  closeFd(ORDER_FD)
  if (message === null) process.exit()
  const { program, environment, cwd } = JSON.parse(message.bytes.toString()) as SpareOrder
  const wake = waiting.get(program)
  if (wake === undefined) throw new Error(`this spare has not loaded ${program}`)
  const { [MARK]: mark, ...variables } = environment
  if (mark !== undefined) rewriteVariable(MARK, mark)
  Object.assign(process.env, variables)
  process.chdir(cwd)
  await wake(message.fds)
}

/** Loads each program as Node would have started it; it stops short where `runDaemon` finds the waiting room. */
function loadAll(programs: readonly string[]): ReadonlyMap<string, Wake> {
  const takeLast = openWaitingRoom()
  const load = createRequire(import.meta.filename)
  // Node itself would load it at the first `listen`.
  load('node:cluster')
  return new Map(
    programs.map((program) => {
      load(program)
      const wake = takeLast()
      if (wake === null) throw new Error(`${program} is no program of ours`)
      return [program, wake]
    }),
  )
}

void main(process.argv.slice(2))
