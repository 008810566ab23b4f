import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sendNotify } from '../../daemons/linux/notify.ts'

/** Is ready, then reads from a pipe that nobody will ever write to. */
const pipe = join(process.env['STATE_DIRECTORY'] ?? '', 'pipe')
spawnSync('mkfifo', [pipe])
sendNotify(process.env['NOTIFY_SOCKET'] ?? '', 'READY=1')
readFileSync(pipe)
