import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KernelClock } from '../../../daemons/linux/kernel-clock.ts'
import { LeapKeeper } from '../../../daemons/ntp/leap/leap-keeper.ts'
import { ServedClock } from '../../../daemons/ntp/served-clock.ts'
import type { Clock } from '../../../daemons/runtime/contract.ts'
import { section } from '../fixture.ts'

const AT = Date.parse('2017-01-01T00:00:00Z') / 1000

let folder = ''
let file = ''
beforeEach(() => {
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), 'lanward-leap-'))
  file = join(folder, 'leap-seconds.list')
  writeFileSync(file, '#@ 3707596800\n3644697600 36\n3692217600 37\n')
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true })
})

/** A machine whose clock says what a test wants. */
class Machine {
  monotonicMs = 0
  wall: number
  readonly moved: number[] = []
  readonly served = new ServedClock(section(), -20, () => null)
  readonly keeper: LeapKeeper

  constructor(beforeSeconds: number, path: string | null, kernelLeap: KernelClock['leap'] = 0) {
    this.wall = AT - beforeSeconds
    const clock: Clock = {
      wallMs: () => this.wall * 1000,
      wallNs: () => BigInt(Math.round(this.wall * 1e9)),
      monotonicMs: () => this.monotonicMs,
    }
    this.keeper = new LeapKeeper({
      file: path,
      smear: false,
      served: this.served,
      clock,
      readKernel: () => ({ synchronised: false, maxErrorUs: 0, leap: kernelLeap, frequencyPpm: 0 }),
      onSourcesMoved: (by) => this.moved.push(by),
    })
  }

  pass(seconds: number): void {
    for (let step = 0; step < seconds * 10; step++) {
      this.wall += 0.1
      this.monotonicMs += 100
      vi.advanceTimersByTime(100)
    }
  }

  get ahead(): number {
    this.served.correctTo(this.monotonicMs, this.wall)
    return this.served.correctionSeconds + this.served.correctionNanoseconds / 1e9
  }
}

describe('LeapKeeper', () => {
  test('moves a clock that nobody else moves, once', () => {
    const machine = new Machine(90, file)
    expect(machine.keeper.report()).toMatchObject({ today: 'inserted', expired: false })
    expect(machine.keeper.words()).toEqual(['a leap second is inserted at the end of today'])
    expect(machine.served.leapIndicator).toBe(1)
    machine.pass(89)
    expect(machine.ahead).toBe(0)
    machine.pass(5)
    expect(machine.ahead).toBe(-1)
    expect(machine.served.leapIndicator).toBe(0)
    machine.pass(300)
    expect(machine.ahead).toBe(-1)
    expect(machine.moved).toEqual([])
    expect(machine.keeper.report().today).toBeNull()
    machine.keeper.close()
  })

  test('leaves it to the kernel that was told to', () => {
    const machine = new Machine(30, file, 1)
    machine.pass(300)
    expect(machine.ahead).toBe(0)
    machine.keeper.close()
  })

  test('moves what the sources taught, by their own announcement as well', () => {
    for (const path of [file, null]) {
      const machine = new Machine(90, path)
      machine.served.follow({
        leapIndicator: 1,
        stratum: 2,
        referenceId: 1,
        name: 'a',
        address: '192.0.2.1',
        unixSeconds: machine.wall,
        rootDelay: 0,
        rootDispersion: 0,
        correction: { atMs: 0, offset: 0, frequency: 0, jitter: 0 },
      })
      machine.pass(200)
      expect(machine.moved, String(path)).toEqual([-1])
      machine.keeper.close()
    }
  })

  test('tells that its file expired, is damaged or absent, and reads a newer one', () => {
    writeFileSync(file, '#@ 3692000000\n3644697600 36\n3692217600 37\n')
    const machine = new Machine(30, file)
    expect(machine.keeper.words()).toEqual(['leap file expired on 2016-12-29'])
    expect(machine.served.leapIndicator).toBe(0)
    writeFileSync(file, 'nothing of the kind\n')
    machine.pass(61)
    expect(machine.keeper.fault).toBe(`cannot use ${file}: it has a line that is no leap second: "nothing of the kind"`)
    rmSync(file)
    machine.pass(61)
    expect(machine.keeper.fault).toContain(`cannot read ${file}: ENOENT`)
    machine.keeper.close()
  })
})
