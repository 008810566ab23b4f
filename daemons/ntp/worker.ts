import { parentPort, workerData } from 'node:worker_threads'
import { runInstance } from './instances/instance.ts'

if (parentPort !== null) runInstance(workerData, parentPort)
