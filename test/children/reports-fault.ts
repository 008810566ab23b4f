/** A daemon that serves, and says that it cannot do all of its work. */
import { openIpc } from '../../daemons/runtime/ipc.ts'
import { Supervision } from '../../daemons/runtime/supervision.ts'

openIpc(
  process,
  async () => ({ status: 'half of it', faults: ['the disk is full', 7], counters: { received: 3 }, waited: 0 }),
  () => process.exit(0),
)
new Supervision(process.env).ready(() => 'half of it')
