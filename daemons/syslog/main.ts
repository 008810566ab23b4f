import { runDaemon } from '../runtime/run-daemon.ts'
import { startSyslog } from './start-syslog.ts'

void runDaemon('syslog', startSyslog)
