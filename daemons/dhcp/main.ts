import { runDaemon } from '../runtime/run-daemon.ts'
import { startDhcp } from './start-dhcp.ts'

void runDaemon('dhcp', startDhcp)
