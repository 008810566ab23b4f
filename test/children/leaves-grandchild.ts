import { spawn } from 'node:child_process'

/** Leaves two grandchildren that hold its output open, one in its group and one in a session of its own, and dies. */
const staying = spawn('/bin/sleep', ['1000'], { stdio: 'inherit' })
const escaping = spawn('/bin/sleep', ['1000'], { stdio: 'inherit', detached: true })
process.stdout.write(`left ${staying.pid} ${escaping.pid}\n`, () => process.exit(1))
