import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diagnose } from '../../supervisor/hang/diagnose.ts'
import { Interrogation } from '../../supervisor/hang/interrogation.ts'
import { readCpuPressure, readKernelPlace, readSample } from '../../supervisor/hang/process-sample.ts'
import { haltedStack, parseDebuggerLine } from '../../supervisor/hang/read-stack.ts'
import { decodeFrames, encodeTextFrame } from '../../supervisor/hang/web-socket-frames.ts'
import { StallWatch } from '../../supervisor/host/stall-watch.ts'

describe('diagnose', () => {
  const first = { atMs: 1_000, state: 'S', cpuMs: 700, waitedMs: 40 }
  test.each([
    ['busy', { state: 'R', cpuMs: 1_900, waitedMs: 0 }, true, 'busy without end'],
    ['busy on half a CPU', { state: 'R', cpuMs: 1_000, waitedMs: 1_000 }, true, 'busy without end'],
    ['asleep', { state: 'S', cpuMs: 2, waitedMs: 1 }, true, 'waits for something that does not come (state S)'],
    ['in the kernel', { state: 'D', cpuMs: 2, waitedMs: 1 }, true, 'waits in the kernel (state D)'],
    ['stopped', { state: 'T', cpuMs: 0, waitedMs: 0 }, true, 'stopped it (state T)'],
    ['never let to run', { state: 'R', cpuMs: 0, waitedMs: 0 }, false, 'overloaded; CPU pressure of the machine 93 %'],
    ['kept waiting', { state: 'S', cpuMs: 300, waitedMs: 1_500 }, false, 'had the CPU for 300 of 2000 ms'],
    ['dead', { state: 'Z', cpuMs: 0, waitedMs: 0 }, false, 'it is ending'],
  ] as const)('%s', (_title, { state, cpuMs, waitedMs }, hung, words) => {
    const now = { atMs: 3_000, state, cpuMs: 700 + cpuMs, waitedMs: 40 + waitedMs }
    const finding = diagnose(first, now, 10_000, 93.2)
    expect(finding.hung).toBe(hung)
    expect(finding.words).toContain(words)
  })

  test('does not call it starvation for ever: who used up his CPU time without a sign of life is busy', () => {
    const slow = { atMs: 1_000_000, state: 'R', cpuMs: 700 + 10_000, waitedMs: 900_000 }
    expect(diagnose(first, slow, 10_001, 100)).toMatchObject({ hung: false })
    expect(diagnose(first, slow, 10_000, 100)).toMatchObject({ hung: true })
  })

  test('says so when nothing can be seen of it', () => {
    expect(diagnose(null, first, 10_000, null)).toEqual({ hung: true, words: 'nothing is known of its state' })
  })
})

describe('looks at a process', () => {
  const folder = (): string => {
    const proc = mkdtempSync(join(tmpdir(), 'proc-'))
    mkdirSync(join(proc, '42'))
    mkdirSync(join(proc, 'pressure'))
    const fields = ['S', ...Array(10).fill('0'), '12', '3', '0']
    writeFileSync(join(proc, '42/stat'), `42 (a ) Z (x) ${fields.join(' ')}\n`)
    return proc
  }

  test('read CPU time and waiting time as the scheduler counts them', () => {
    const proc = folder()
    expect(readSample(42, 5, proc)).toEqual({ atMs: 5, state: 'S', cpuMs: 150, waitedMs: 0 })
    writeFileSync(join(proc, '42/schedstat'), '2500000 7000000 3\n')
    expect(readSample(42, 5, proc)).toEqual({ atMs: 5, state: 'S', cpuMs: 2.5, waitedMs: 7 })
    expect(readSample(43, 5, proc)).toBeNull()
  })

  test('read the pressure on the CPUs', () => {
    const proc = folder()
    expect(readCpuPressure(proc)).toBeNull()
    writeFileSync(join(proc, 'pressure/cpu'), 'some avg10=93.20 avg60=1.00 avg300=0.00 total=1\nfull avg10=0.00\n')
    expect(readCpuPressure(proc)).toBe(93.2)
  })

  test('tell in one line where in the kernel it is', () => {
    const proc = folder()
    expect(readKernelPlace(42, proc)).toBeNull()
    writeFileSync(join(proc, '42/status'), 'Name:\tnode\nState:\tS (sleeping)\n')
    expect(readKernelPlace(42, proc)).toBe('state S (sleeping)')
    writeFileSync(join(proc, '42/wchan'), 'futex_do_wait')
    writeFileSync(join(proc, '42/syscall'), '202 0x1 0x2\n')
    writeFileSync(join(proc, '42/stack'), '[<0>] futex_do_wait+0x1/0x2\n[<0>] do_futex+0x3/0x4\n')
    expect(readKernelPlace(42, proc)).toBe(
      'state S (sleeping), wchan futex_do_wait, system call 202, stack futex_do_wait < do_futex',
    )
  })
})

describe('frames of a WebSocket', () => {
  /** A text as a server sends it: not masked. */
  const served = (text: string): Buffer => {
    const payload = Buffer.from(text)
    const { length } = payload
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10, 0x81)
    head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
    if (head.length === 4) head.writeUInt16BE(length, 2)
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
    return Buffer.concat([head, payload])
  }

  test('come out as they went in, however they are cut', () => {
    const texts = ['', 'a', 'b'.repeat(125), 'ü'.repeat(63), 'c'.repeat(65_535), 'd'.repeat(70_000)]
    const bytes = Buffer.concat(texts.map(served))
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
        let rest: Buffer = Buffer.alloc(0)
        const got: string[] = []
        for (const [index, end] of places.slice(1).entries()) {
          const frames = decodeFrames(Buffer.concat([rest, bytes.subarray(places[index], end)]))
          got.push(...(frames?.texts ?? []))
          rest = frames?.rest ?? rest
        }
        expect(got).toEqual(texts)
      }),
      { numRuns: 50 },
    )
  })

  test('pass over pings and refuse what no server sends', () => {
    expect(decodeFrames(Buffer.concat([Buffer.from([0x89, 0]), served('x')]))?.texts).toEqual(['x'])
    expect(decodeFrames(Buffer.from([0x81, 0x80, 1, 2, 3, 4]))).toBeNull()
    expect(decodeFrames(Buffer.from([0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0]))).toBeNull()
  })

  test('never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeFrames(Buffer.from(bytes))))
  })

  test.each(['{}', 'x'.repeat(300)])('of a client are masked', (text) => {
    const frame = encodeTextFrame(text, Buffer.from([1, 2, 3, 4]))
    const head = text.length < 126 ? 2 : 4
    const payload = frame.subarray(head + 4).map((byte, index) => byte ^ ((index % 4) + 1))
    expect(frame[0]).toBe(0x81)
    expect((frame[1] ?? 0) & 0x80).toBe(0x80)
    expect(Buffer.from(payload).toString()).toBe(text)
  })
})

describe('an interrogation', () => {
  const UUID = '10f14aa0-540d-4025-9333-0734407e1352'

  test('believes only a debugger on loopback', () => {
    expect(parseDebuggerLine(`Debugger listening on ws://127.0.0.1:45469/${UUID}`)).toEqual({
      port: 45469,
      secret: UUID,
    })
    expect(parseDebuggerLine(`Debugger listening on ws://192.0.2.1:45469/${UUID}`)).toBeNull()
    expect(parseDebuggerLine(`Debugger listening on ws://127.0.0.1:45469/../etc`)).toBeNull()
  })

  test('reads the stack where the debugger halted', () => {
    const location = { scriptId: '88', lineNumber: 11, columnNumber: 2 }
    const callFrames = [
      { functionName: 'parse', url: '', location },
      { functionName: '', url: '', location: { ...location, scriptId: '7' } },
    ]
    const parsed = { method: 'Debugger.scriptParsed', params: { scriptId: '88', url: 'file:///usr/lib/x.cjs' } }
    const paused = { method: 'Debugger.paused', params: { callFrames } }
    expect(haltedStack([parsed, { id: 1, result: {} }, paused].map((message) => JSON.stringify(message)))).toEqual([
      'at parse (/usr/lib/x.cjs:12:3)',
      'at (anonymous) (unknown:12:3)',
    ])
    expect(haltedStack([JSON.stringify(parsed)])).toBeNull()
    expect(haltedStack(['{"method":"Debugger.paused","params":3}'])).toBeNull()
    expect(haltedStack(['{"method":"Debugger.paused"'])).toBeNull()
  })

  test('keeps to itself what the debugger says, and ends without a stack when nobody listens', async () => {
    const signals: string[] = []
    const interrogation = new Interrogation(() => signals.push('SIGUSR1'))
    expect(signals).toEqual(['SIGUSR1'])
    expect(interrogation.hear('For help, see: https://nodejs.org/learn/getting-started/debugging')).toBe(true)
    expect(interrogation.hear('my own words')).toBe(false)
    expect(interrogation.hear(`Debugger listening on ws://127.0.0.1:1/${UUID}`)).toBe(true)
    expect(await interrogation.stack).toEqual([])
  })
})

describe('StallWatch', () => {
  test('knows when we did not run, even before its own timer had a chance to tell', () => {
    let nowMs = 0
    const watch = new StallWatch(() => nowMs)
    nowMs = 900
    expect(watch.stalledMs(0)).toBe(0)
    nowMs = 31_400
    expect(watch.stalledMs(800)).toBe(30_000)
    expect(watch.stalledMs(21_400)).toBe(10_000)
    nowMs = 31_900
    expect(watch.stalledMs(31_400)).toBe(0)
    watch.close()
  })
})
