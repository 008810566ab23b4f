import type { Command } from 'commander'
import type { SharedOptions } from './request.ts'
import type { Terminal } from './terminal.ts'

/** Adds one command; `parent` absent = to the program. */
type AddCommand = (
  usage: string,
  description: string,
  run: (words: string[], options: SharedOptions) => Promise<number>,
  parent?: Command,
) => Command

/** Adds `time` and what stands below it. Each is loaded only when it runs. */
export function addTimeCommands(add: AddCommand, terminal: Terminal): void {
  const time = add('time', 'tell the state of the clock, its sources, and the clients seen', async (_, options) => {
    const { runTime } = await import('./time.ts')
    return runTime(options, terminal)
  }).enablePositionalOptions()
  const drill = add(
    'drill',
    'serve a wrong time on a port of its own, for a class or a test, until interrupted',
    async (_, options) => {
      const { runTimeDrill } = await import('./time-drill.ts')
      return runTimeDrill({ ...time.opts(), ...drill.opts(), ...options }, terminal)
    },
    time,
  )
  for (const [flag, about] of DRILL) drill.option(flag, about)
}

const DRILL = [
  ['--listen <url>', 'where to serve it (udp://127.0.0.1:1223); never port 123, nor one of [ntp]'],
  ['--offset <duration>', 'how wrong the time is: 1h, -90s, +250ms'],
  ['--step <duration>', 'have it jump by so much'],
  ['--leap <kind>', 'have a leap second come: insert or delete'],
  ['--in <duration>', 'when the jump or the leap second comes (60s)'],
  ['--stratum <number>', 'the stratum that is served (10)'],
] as const
