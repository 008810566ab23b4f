import { expect, test } from 'vitest'
import { effectiveCapabilities, isMachineItself } from '../../daemons/linux/capabilities.ts'

test('effectiveCapabilities reads the bits, and none where nothing is told', () => {
  expect(effectiveCapabilities('CapPrm:\t0000\nCapEff:\t0000000000000101\nCapBnd:\t1\n')).toBe(0x101n)
  expect(effectiveCapabilities('')).toBe(0n)
})

test('isMachineItself knows the map of a user namespace', () => {
  expect(isMachineItself('         0          0 4294967295\n')).toBe(true)
  expect(isMachineItself('         0       1000          1\n')).toBe(false)
  expect(isMachineItself('')).toBe(false)
})
