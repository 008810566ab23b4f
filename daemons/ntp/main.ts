import { runDaemon } from '../runtime/run-daemon.ts'
import { startNtp } from './start-ntp.ts'

void runDaemon('ntp', startNtp)
