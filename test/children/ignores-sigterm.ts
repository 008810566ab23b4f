import { sendNotify } from '../../daemons/linux/notify.ts'

/** Is ready and cannot be asked to go. */
process.on('SIGTERM', () => process.stdout.write('no\n'))
sendNotify(process.env['NOTIFY_SOCKET'] ?? '', 'READY=1')
setInterval(() => undefined, 1 << 30)
