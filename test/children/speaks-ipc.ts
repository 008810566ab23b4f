/** Answers what it is asked over its IPC channel; `ask`, `disconnect` and `exit` have it do so. */
import { openIpc } from '../../daemons/runtime/ipc.ts'

const peer = openIpc(
  process,
  async (question, params) => {
    if (question === 'echo') return params
    if (question === 'ask') return peer.ask('status', params)
    if (question === 'environment') return Object.keys(process.env).filter((name) => name.startsWith('NODE_CHANNEL'))
    if (question === 'disconnect') peer.close()
    if (question === 'exit') process.exit(7)
    return undefined
  },
  () => undefined,
)
