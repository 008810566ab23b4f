import { describe, expect, test } from 'vitest'
import { decodeTimex, type KernelClock } from '../../daemons/linux/kernel-clock.ts'
import { reportTime } from '../../daemons/ntp/time-report.ts'
import { ARRIVAL, ask, makeServer, NO_LEAP, NOBODY, request, UNKEPT } from './fixture.ts'

const KEPT: KernelClock = { synchronised: true, maxErrorUs: 12_500, leap: 0, frequencyPpm: -3 }
const FREE: KernelClock = { ...KEPT, synchronised: false, maxErrorUs: 16_000_000 }

/** Leap, stratum, reference and root dispersion of a reply. */
function tell(reply: Buffer | null): string {
  if (reply === null) throw new Error('no answer')
  const leap = (reply[0] ?? 0) >> 6
  const seconds = (reply.readUInt32BE(8) / 65536).toFixed(4)
  return `${leap} ${reply[1]} ${reply.subarray(12, 16).join('.')} ${seconds}`
}

describe('the clock of this machine', () => {
  test.each([
    ['local', 10, KEPT, '0 10 127.127.1.1 0.0101'],
    ['local', 0, KEPT, '3 0 0.0.0.0 1.0000'],
    ['auto', 10, KEPT, '0 5 127.127.1.0 0.0125'],
    ['auto', 10, FREE, '0 10 127.127.1.1 0.0101'],
    ['auto', 10, null, '0 10 127.127.1.1 0.0101'],
    ['auto', 0, FREE, '3 0 0.0.0.0 1.0000'],
    ['kernel', 10, KEPT, '0 5 127.127.1.0 0.0125'],
    ['kernel', 10, FREE, '3 0 0.0.0.0 1.0000'],
    ['kernel', 10, { ...KEPT, leap: 1 }, '1 5 127.127.1.0 0.0125'],
    ['auto', 10, { ...KEPT, leap: 2 }, '2 5 127.127.1.0 0.0125'],
  ] as const)('set to %s with local stratum %i is told by the kernel as %o', (clock, localStratum, kernel, want) => {
    const server = makeServer({ clock, localStratum }, null, 7, () => kernel)
    expect(tell(ask(server, request(0x23)).reply)).toBe(want)
  })

  test('is judged anew each second, with the error that the kernel admits', () => {
    let kernel = FREE
    let asked = 0
    const server = makeServer({ clock: 'auto' }, null, 7, () => {
      asked++
      return kernel
    })
    const at = (second: number): string => tell(ask(server, request(0x23), { seconds: ARRIVAL + second }).reply)
    expect(at(0)).toBe('0 10 127.127.1.1 0.0101')
    kernel = KEPT
    const before = asked
    expect([at(0), at(0)]).toEqual(Array(2).fill('0 10 127.127.1.1 0.0101'))
    expect(asked).toBe(before)
    expect(at(1)).toBe('0 5 127.127.1.0 0.0125')
    kernel = { ...KEPT, maxErrorUs: 500_000, leap: 1 }
    expect(at(2)).toBe('1 5 127.127.1.0 0.5000')
    const { clock } = reportTime({ ...server, ...UNKEPT, sources: [], leap: NO_LEAP, own: NOBODY }, ARRIVAL + 2, 0)
    expect(clock).toMatchObject({ synchronised: true, reference_id: 'KERN', source: 'kernel', stratum: 5 })
    kernel = FREE
    expect(at(3)).toBe('0 10 127.127.1.1 0.0101')
  })

  test('is not asked of the kernel when it is to be local', () => {
    const server = makeServer({ clock: 'local' }, null, 7, () => {
      throw new Error('asked')
    })
    expect(ask(server, request(0x23)).outcome).toBe('answered')
  })
})

describe('decodeTimex', () => {
  /** struct timex on 64-bit Linux: u32 modes, i64 offset freq maxerror esterror, i32 status. */
  function timex(status: number, maxErrorUs = 0, frequency = 0): Buffer {
    const state = Buffer.alloc(208)
    state.writeBigInt64LE(BigInt(frequency), 16)
    state.writeBigInt64LE(BigInt(maxErrorUs), 24)
    state.writeInt32LE(status, 40)
    return state
  }

  test.each([
    ['kept right', 0x2001, 0, { synchronised: true, leap: 0 }],
    ['kept by nobody', 0x2040, 5, { synchronised: false, leap: 0 }],
    ['with a leap second to come', 0x2011, 1, { synchronised: true, leap: 1 }],
    ['with a leap second to leave out', 0x2021, 2, { synchronised: true, leap: 2 }],
    ['in the leap second', 0x2011, 3, { synchronised: true, leap: 1 }],
    ['after the leap second, the flag not taken back', 0x2011, 4, { synchronised: true, leap: 0 }],
  ])('reads a clock %s', (_title, status, told, want) => {
    expect(decodeTimex(timex(status), told)).toMatchObject(want)
  })

  test('reads the bound of its error and its frequency', () => {
    expect(decodeTimex(timex(0, 16_000_000, -3 * 65536), 0)).toMatchObject({ maxErrorUs: 16_000_000, frequencyPpm: -3 })
  })
})
