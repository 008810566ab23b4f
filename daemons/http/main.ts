import { runDaemon } from '../runtime/run-daemon.ts'
import { startHttp } from './start-http.ts'

void runDaemon('http', startHttp, ({ root }) => (root === null ? [] : [root]))
