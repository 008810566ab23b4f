import { describe, test } from 'vitest'
import { run } from '../fuzz/ntp.ts'

describe('respond to any bytes', () => {
  test('keeps the invariants of a harmless time server', () => run(3000, 1))
})
