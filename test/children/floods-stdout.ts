import { writeSync } from 'node:fs'

/** Writes as fast as it can, for ever. */
const lines = Buffer.from(`${'x'.repeat(99)}\n`.repeat(600))
for (;;) writeSync(1, lines)
