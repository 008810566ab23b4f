import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMark, writeMark } from '../../../daemons/ntp/discipline/mark-file.ts'
import { OWN_TITLE, seeKeepers } from '../../../daemons/ntp/discipline/see-keepers.ts'

/** A /proc in which these programs run. */
function procWith(programs: Readonly<Record<number, readonly [string, string, string?]>>): string {
  const proc = mkdtempSync(join(tmpdir(), 'lanward-proc-'))
  mkdirSync(join(proc, 'sys'))
  for (const [pid, [name, capabilities, command = name]] of Object.entries(programs)) {
    mkdirSync(join(proc, pid))
    writeFileSync(join(proc, pid, 'status'), `Name:\t${name}\nUmask:\t0022\nCapEff:\t${capabilities}\n`)
    writeFileSync(join(proc, pid, 'cmdline'), command)
  }
  return proc
}

const MAY = '0000000002000400'
const MAY_NOT = '0000000000000400'

test('seeKeepers finds who keeps clocks and may, under the name that the kernel cuts short', () => {
  const proc = procWith({
    1: ['systemd', 'ffffffffffffffff'],
    7: ['chronyd', MAY],
    8: ['chronyd', MAY_NOT],
    9: ['systemd-timesyn', MAY],
    10: [OWN_TITLE.slice(0, 15), MAY],
    11: [OWN_TITLE.slice(0, 15), MAY],
    12: ['lanward: ntp', MAY],
    13: ['chronyd', MAY, 'chronyd\0-x\0-d\0'],
    // Of ntpd the same letter means: slew, never step.
    6: ['ntpd', MAY, 'ntpd\0-x\0-g\0'],
  })
  expect(seeKeepers(proc, 11).toSorted((a, b) => b.pid - a.pid)).toEqual([
    { name: 'lanward: ntp cl', pid: 10 },
    { name: 'systemd-timesyn', pid: 9 },
    { name: 'chronyd', pid: 7 },
    { name: 'ntpd', pid: 6 },
  ])
})

test('a mark is read as it was written, and a damaged one is none', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'lanward-mark-')), 'mark.json')
  expect(readMark(path)).toBeNull()
  writeMark(path, { bootId: 'b', frequencies: [1, -2] })
  expect(readMark(path)).toEqual({ bootId: 'b', frequencies: [1, -2] })
  writeFileSync(path, '{"boot_id":1}')
  expect(readMark(path)).toBeNull()
  writeFileSync(path, '{"boot_')
  expect(readMark(path)).toBeNull()
})
