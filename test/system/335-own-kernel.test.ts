import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { testWith } from '../support/needs.ts'
import { ownFolder } from '../support/own-folder.ts'
import { runOnOwnKernel } from '../support/own-kernel.ts'

const ROOT = join(import.meta.dirname, '../..')
const PORT = 1999
const SECTION = {
  ...{
    listen: ['udp://127.0.0.1:1123'],
    clock: 'local',
    localStratum: 10,
    kernelStratum: 5,
    smear: false,
    instances: 1,
  },
  ...{ allow: ['127.0.0.0/8'], rateLimit: null },
  sources: [{ address: '127.0.0.1', port: PORT, iburst: true, minPoll: 1, maxPoll: 1 }],
  discipline: { step: { thresholdSeconds: 0.1, updates: 3 } },
}

/** What another program would do to the kernel. @param words of a struct timex: modes, offset, freq, maxerror, esterror, status */
function adjtimex(...words: readonly number[]): string {
  const pack = `struct.pack_into('<I4xqqqqi', b, 0, ${words.join(', ')})`
  return `python3 -c "import ctypes, struct; b = ctypes.create_string_buffer(208); ${pack}; ctypes.CDLL(None).adjtimex(b)"`
}

/** Each step waits for the words of the one before: how fast that kernel runs is for this machine to say. @param folder with the section */
function scriptOf(folder: string): string {
  return `
export LANWARD_SECTION=${folder}/section.json STATE_DIRECTORY=${folder}/state
NTP="${process.execPath} ${ROOT}/dist/daemons/ntp/main.cjs"
said() { for _ in $(seq 80); do [ "$(grep -c "$2" ${folder}/output)" -ge $1 ] && return; sleep 1; done; echo "nobody said: $2"; }
python3 ${ROOT}/test/children/drifting-time-server.py ${PORT} 3600.02 40e-6 &
$NTP & said 1 'is kept right from now on'; kill -9 $!; echo killed
$NTP & said 2 '"follows"'; sleep 15; ${adjtimex(2, 0, 327_680, 0, 0, 0)}; echo meddled
said 1 'another program steers it too'; kill -TERM $!; wait $!; echo ended $?
${adjtimex(0x14, 0, 0, 1000, 1000, 1)}; $NTP; echo refused $?
`
}

function errorsIn(part: string): readonly number[] {
  return [...part.matchAll(/^error (\S+)$/gm)].map(([, seconds]) => Number(seconds))
}

describe.runIf(process.arch === 'x64')('a kernel of its own, on which ntp keeps the clock,', () => {
  testWith(
    ['root', 'program linux.uml', 'program python3'],
    'is set once, slewed, known again after a kill, left to another, and not taken from one',
    async () => {
      using own = ownFolder()
      const folder = own.path
      writeFileSync(join(folder, 'section.json'), JSON.stringify(SECTION))
      const output = await runOnOwnKernel(folder, scriptOf(folder), 280_000)
      const [first = '', second = '', third = '', fourth = ''] = output.split(/^(?:killed|meddled|ended 0)$/m)
      expect(first.match(/the clock of this machine was wrong, and is set/g), output).toHaveLength(1)
      expect(errorsIn(first)[0]).toBeLessThan(-3600)
      expect(first).toContain('is kept right from now on')
      // The next life goes on: it neither refuses nor sets.
      expect(second, output).not.toContain('is set')
      expect(second).toContain('follows')
      const last = errorsIn(second).slice(-5)
      for (const error of last) expect(Math.abs(error), output).toBeLessThan(5e-3)
      expect(third).toContain('another program steers it too (its frequency became 5.000 ppm)')
      expect(fourth, output).toContain('another program keeps the clock of this machine')
      expect(fourth).toContain('refused 78')
    },
    300_000,
  )
})
