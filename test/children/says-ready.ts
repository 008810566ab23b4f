import { sendNotify } from '../../daemons/linux/notify.ts'

/** Says that it is ready, and whatever else the arguments say; ends on SIGTERM. */
process.on('SIGTERM', () => process.exit(0))
setInterval(() => undefined, 1 << 30)
sendNotify(process.env['NOTIFY_SOCKET'] ?? '', ['READY=1', ...process.argv.slice(2)].join('\n'))
