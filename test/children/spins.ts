import { sendNotify } from '../../daemons/linux/notify.ts'

/** Is ready, then loops without end in a function of a name that can be looked for. */
function loopWithoutEnd(): never {
  for (let count = 0; ; count++) if (count < 0) throw new Error('cannot be')
}
sendNotify(process.env['NOTIFY_SOCKET'] ?? '', 'READY=1')
setImmediate(() => loopWithoutEnd())
