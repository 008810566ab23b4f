import { parentPort, workerData } from 'node:worker_threads'
import { runReceiver } from './receivers/receive.ts'

const port = parentPort
if (port !== null) runReceiver(workerData, () => port.postMessage(null))
