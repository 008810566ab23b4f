import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sendNotify } from '../../daemons/linux/notify.ts'

/** Says on SIGUSR1 what the arguments say, and nothing before; the file `up` in its folder means that it listens. */
process.on('SIGUSR1', () => sendNotify(process.env['NOTIFY_SOCKET'] ?? '', process.argv.slice(2).join('\n')))
setInterval(() => undefined, 1 << 30)
writeFileSync(join(process.env['STATE_DIRECTORY'] ?? '', 'up'), '')
