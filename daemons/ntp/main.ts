import { dirname } from 'node:path'
import { runDaemon } from '../runtime/run-daemon.ts'
import { startNtp } from './start-ntp.ts'

void runDaemon('ntp', startNtp, ({ leapFile, keys }) =>
  [leapFile, keys].flatMap((file) => (file === undefined ? [] : [dirname(file)])),
)
