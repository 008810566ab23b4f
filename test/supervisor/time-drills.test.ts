import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { labelTimeDrill, readTimeDrills, TimeDrillWatch } from '../../supervisor/host/time-drills.ts'

const DRILL = { listen: 'udp://127.0.0.1:1223', fault: 'an hour ahead' }
const OURS = { pid: process.pid, ...DRILL }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-drills-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('readTimeDrills', () => {
  test('tells of a drill as long as its label stands', () => {
    const remove = labelTimeDrill(folder, DRILL)
    expect(readTimeDrills(folder)).toEqual([OURS])
    remove()
    expect(readTimeDrills(folder)).toEqual([])
    expect(readTimeDrills(join(folder, 'nothing'))).toEqual([])
  })

  test('believes no label of a process that is gone, nor of another with its number', async () => {
    labelTimeDrill(folder, DRILL)
    const [name = ''] = readdirSync(folder)
    const label = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    writeFileSync(join(folder, name), JSON.stringify({ ...label, began: '1' }))
    expect(readTimeDrills(folder)).toEqual([])
    const child = spawn('true')
    await once(child, 'exit')
    writeFileSync(join(folder, name), JSON.stringify({ ...label, pid: child.pid }))
    expect(readTimeDrills(folder)).toEqual([])
  })

  test.each(['', '{', 'null', '{"pid":"1"}', '{"pid":-1,"listen":"a","fault":"b"}'])('passes over %j', (text) => {
    writeFileSync(join(folder, 'time-drill.1.json'), text)
    expect(readTimeDrills(folder)).toEqual([])
  })
})

test('TimeDrillWatch writes one line when a drill begins, and one when it ends', () => {
  const lines: { msg: string; pid: number; fault: string }[] = []
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const watch = new TimeDrillWatch(folder, log)
  try {
    const remove = labelTimeDrill(folder, DRILL)
    expect(watch.look()).toEqual([OURS])
    watch.look()
    remove()
    watch.look()
    watch.look()
    expect(lines).toMatchObject([
      { ...OURS, msg: 'a drill of time has begun' },
      { ...OURS, msg: 'the drill of time has ended' },
    ])
  } finally {
    watch.close()
  }
})
