import { sendNotify } from '../../daemons/linux/notify.ts'

/** Tells the watchdog it was given, sends three heartbeats by the clock of its own, then falls silent. */
const { WATCHDOG_USEC, WATCHDOG_PID, NOTIFY_SOCKET = '' } = process.env
process.stdout.write(`watchdog ${WATCHDOG_USEC} mine=${Number(WATCHDOG_PID) === process.pid}\n`)
sendNotify(NOTIFY_SOCKET, 'READY=1')
let beats = 0
const timer = setInterval(() => {
  sendNotify(NOTIFY_SOCKET, 'WATCHDOG=1')
  if (++beats === 3) clearInterval(timer)
}, 50)
setInterval(() => undefined, 1 << 30)
