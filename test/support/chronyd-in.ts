import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runIn, spawnIn } from './network.ts'
import { waitFor } from './wait-for.ts'

/** A chronyd in a namespace, which never touches the clock and keeps all its files in a folder of the test. */
export interface ChronydIn extends AsyncDisposable {
  /** Asks it by chronyc and gives the fields of the answer that are written as `Name : value`. */
  ask(...words: string[]): ReadonlyMap<string, string>
  /** Waits until a look at `ntpdata` satisfies. */
  until(what: string, holds: (fields: ReadonlyMap<string, string>) => boolean): Promise<ReadonlyMap<string, string>>
}

/** @param lines of its configuration beside where its files lie */
export function startChronydIn(namespace: string, folder: string, lines: readonly string[]): ChronydIn {
  const socket = join(folder, 'chronyd.sock')
  const file = join(folder, 'chrony.conf')
  const own = ['cmdport 0', `bindcmdaddress ${socket}`, `pidfile ${join(folder, 'chronyd.pid')}`]
  writeFileSync(file, `${[...lines, ...own].join('\n')}\n`)
  const child = spawnIn(namespace, ['chronyd', '-x', '-d', '-u', 'root', '-f', file], { stdio: 'ignore' })
  const ask = (...words: string[]): ReadonlyMap<string, string> => {
    const rows = runIn(namespace, ['chronyc', '-h', socket, ...words]).split('\n')
    return new Map(
      rows.flatMap((row) => {
        const [name, ...value] = row.split(/ *: /)
        return name === undefined || value.length === 0 ? [] : [[name, value.join(' : ')] as const]
      }),
    )
  }
  return {
    ask,
    until: (what, holds) =>
      waitFor(what, () => {
        try {
          const fields = ask('ntpdata')
          return holds(fields) ? fields : undefined
        } catch {
          return undefined // It does not listen yet.
        }
      }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
