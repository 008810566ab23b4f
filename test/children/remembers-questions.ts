/** Says that it is ready, and answers `asked` with all that it was asked before. */
import { sendNotify } from '../../daemons/linux/notify.ts'
import { openIpc } from '../../daemons/runtime/ipc.ts'

const asked: string[] = []
openIpc(
  process,
  async (question) => {
    if (question === 'asked') return asked
    asked.push(question)
    return true
  },
  () => process.exit(0),
)
sendNotify(process.env['NOTIFY_SOCKET'] ?? '', 'READY=1')
