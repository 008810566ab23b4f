import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { type Box, configure, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'

/** Nobody answers there. */
const SOURCE = '[[ntp.source]]\naddress = "127.0.0.1"\nport = 9\n'
const NTP = '[ntp]\nlisten = ["udp://127.0.0.1:0"]\n'
const KEPT = `[http]\nlisten = ["tcp://127.0.0.1:0"]\n${NTP}discipline = true\n${SOURCE}`
const LEFT_ALONE = KEPT.replace('discipline = true\n', '')

/** Nothing below it can ever get the right to set the clock of the machine that runs this test. */
const WITHOUT_RIGHT = ['setpriv', '--bounding-set=-sys_time', '--inh-caps=-all', '--']
const CAP_SYS_TIME = 1n << 25n

/** Starts a box that is to keep the clock, and cannot. */
async function startPowerless(options: { config: string; user?: string }): Promise<Box> {
  const box = await startBox({ ...options, inside: WITHOUT_RIGHT, untilReady: false })
  for (const set of ['CapBnd', 'CapPrm', 'CapEff']) expect(rights(box.supervisor.pid ?? 0, set) & CAP_SYS_TIME).toBe(0n)
  return box
}

function rights(pid: number, set: string): bigint {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return BigInt(`0x${new RegExp(`^${set}:\\s*(\\w+)$`, 'm').exec(status)?.[1]}`)
}

describe('ntp that is to keep the clock', () => {
  testWith(['root', 'program setpriv'], 'is not started again without the right to, and says why', async () => {
    await using box = await startPowerless({ config: KEPT, user: 'nobody' })
    const { last_exit, restarts } = await box.until('ntp', 'a refusal', (one) => one.last_exit?.code === 78)
    expect(last_exit).toMatchObject({ reason: 'exit', code: 78 })
    expect(restarts).toBe(0)
    const { stdout } = box.lanward('why', 'ntp')
    expect(stdout).toContain('the right to set the clock is missing (CAP_SYS_TIME)')
    expect(stdout).toContain('not retried')
    await box.until('http', 'the others all the same', ({ state }) => state === 'ready')
    expect(box.lanward('status').status).toBe(1)
    const doctor = box.lanward('doctor')
    expect(doctor.stdout + doctor.stderr).toContain('discipline')
  })

  testWith(['root', 'program setpriv'], 'begins and ends to do so by a reload', async () => {
    await using box = await startPowerless({ config: LEFT_ALONE, user: 'nobody' })
    await box.until('ntp', 'its start', ({ state }) => state === 'ready')
    expect(JSON.parse(box.lanward('time', '--json').stdout).clock).toMatchObject({ discipline: null })
    configure(box.config, { config: KEPT, user: 'nobody' })
    expect(box.lanward('reload').stdout).toMatch(/ntp\s+restarted/)
    await box.until('ntp', 'a refusal', (one) => one.last_exit?.code === 78)
    configure(box.config, { config: LEFT_ALONE, user: 'nobody' })
    box.lanward('reload')
    await box.until('ntp', 'its return', ({ state }) => state === 'ready')
  })

  testWith(['root', 'program unshare'], 'is told that the kernel heeds no user namespace', async () => {
    const inside = ['unshare', '--user', '--map-root-user', '--']
    await using box = await startBox({ config: KEPT, inside, untilReady: false })
    expect(readFileSync(`/proc/${box.supervisor.pid}/uid_map`, 'latin1').trim().split(/\s+/)).toEqual(['0', '0', '1'])
    await box.until('ntp', 'a refusal', (one) => one.last_exit?.code === 78)
    expect(box.lanward('why', 'ntp').stdout).toContain('user namespace, whose CAP_SYS_TIME the kernel does not heed')
  })
})
