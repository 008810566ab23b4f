import { sendNotify } from '../../daemons/linux/notify.ts'

/** Is ready, then never comes back to its event loop. */
sendNotify(process.env['NOTIFY_SOCKET'] ?? '', 'READY=1')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
