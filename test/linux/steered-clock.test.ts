import { describe, expect, test } from 'vitest'
import {
  decodeSteering,
  encodeSteering,
  encodeStep,
  kernelClock,
  kernelFrequency,
  plainFrequency,
  type SteeringOrder,
} from '../../daemons/linux/steered-clock.ts'

const ORDER: SteeringOrder = {
  frequency: kernelFrequency(-12.5e-6),
  rest: -0.0123,
  maxError: 0.004,
  error: 0.0000015,
  synchronised: true,
  leap: 0,
}

describe('an order in a struct timex', () => {
  test('names what it changes, and is read back as it was', () => {
    const state = encodeSteering(ORDER)
    expect(state).toHaveLength(208)
    // OFFSET, FREQUENCY, MAXERROR, ESTERROR, STATUS, TIMECONST, NANO, TICK: never SETOFFSET, which jumps.
    expect(state.readUInt32LE(0)).toBe(0x603f)
    expect(state.readBigInt64LE(24)).toBe(4000n)
    expect(state.readBigInt64LE(32)).toBe(2n)
    state.writeInt32LE(state.readInt32LE(40) | 0x2000, 40)
    expect(decodeSteering(state)).toEqual({
      ...{ synchronised: true, frequency: -819_200, rest: -0.0123, constant: 4 },
      ...{ hasLoop: true, holdsFrequency: true, tick: 10_000 },
    })
  })

  test.each([
    [{ leap: 1 }, 0x91],
    [{ leap: 2 }, 0xa1],
    [{ synchronised: false }, 0xc1],
    [{}, 0x81],
  ] as const)('with %j has the status bits %i', (change, bits) => {
    expect(encodeSteering({ ...ORDER, ...change }).readInt32LE(40)).toBe(bits)
  })
})

test.each([
  [1.25, 1n, 250_000_000n],
  [-1.25, -2n, 750_000_000n],
  [-3, -3n, 0n],
  [0.000000001, 0n, 1n],
  [-0.000000001, -1n, 999_999_999n],
])('a step of %d s has no negative fraction', (by, seconds, nanoseconds) => {
  const state = encodeStep(by)
  expect([state.readUInt32LE(0), state.readBigInt64LE(72), state.readBigInt64LE(80)]).toEqual([
    0x2100,
    seconds,
    nanoseconds,
  ])
})

test('the clock of this machine can be read without any right, and slews by less than 1000 ppm', () => {
  const { tick, frequency } = kernelClock.read()
  expect(tick).toBeGreaterThan(8_000)
  expect(Math.abs(plainFrequency(frequency))).toBeLessThanOrEqual(500e-6)
  const [first, second] = [kernelClock.slewed(), kernelClock.slewed()]
  expect(Math.abs(second - first)).toBeLessThan(1e-3)
})

test('a frequency beyond what the kernel takes is the most that it takes', () => {
  expect([1, -1].map((frequency) => plainFrequency(kernelFrequency(frequency)))).toEqual([500e-6, -500e-6])
})
