import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkConfig } from '../../../config/load-config.ts'
import { sendDatagram } from '../../../daemons/linux/send-datagram.ts'
import { formatSocketName } from '../../../daemons/runtime/held-sockets.ts'
import { openOnLoopback } from '../../support/loopback.ts'
import { waitFor } from '../../support/wait-for.ts'

const MAIN = new URL('../../../daemons/syslog/main.ts', import.meta.url).pathname
const BREAKING = new URL('../../children/breaks-in-commit.ts', import.meta.url).pathname

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-broken-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A life of the daemon on a held socket. */
function start(program: string, { fd, port }: { readonly fd: number; readonly port: number }): ChildProcess {
  const url = `udp://127.0.0.1:${port}`
  const checked = checkConfig(`[syslog]\nlisten = ["${url}"]\n`, join(folder, 'lanward.toml'), '')
  if (checked.kind === 'wrong') throw new Error('a wrong configuration')
  const section = join(folder, 'section.json')
  writeFileSync(section, JSON.stringify(checked.config.daemons.find(({ name }) => name === 'syslog')?.section))
  const listen = { LISTEN_FDS: '1', LISTEN_FDNAMES: formatSocketName(url, false) }
  return spawn(process.execPath, [program], {
    stdio: ['ignore', 'ignore', 'ignore', fd, 'ipc'],
    env: { ...listen, LANWARD_SECTION: section, STATE_DIRECTORY: folder },
  })
}

interface Told {
  readonly counters: { readonly stored: number }
  readonly account: { readonly losses: readonly { readonly reason: string; readonly count: number | null }[] } | null
}

/** What it tells of itself, once that holds. */
async function told(child: ChildProcess, what: string, holds: (told: Told) => boolean): Promise<Told> {
  return waitFor(what, async () => {
    const answered = once(child, 'message')
    child.send({ id: 1, question: 'counters', params: null })
    const [{ result }] = (await answered) as [{ readonly result?: Told }]
    return result !== undefined && holds(result) ? result : undefined
  })
}

test('a throw while a batch is stored ends the daemon at once, and the next life tells how many died with it', async () => {
  using socket = openOnLoopback('udp://127.0.0.1:0')
  using sender = openOnLoopback('udp://127.0.0.1:0')
  const say = (text: string): void =>
    sendDatagram(sender.fd, Buffer.from(text), { address: '127.0.0.1', port: socket.port })
  const first = start(BREAKING, socket)
  const ended = once(first, 'exit')
  say('<13>before')
  await told(first, 'the first', ({ counters }) => counters.stored === 1)
  say('<13>poison')
  expect(await ended).toEqual([70, null])
  say('<13>meanwhile')
  const next = start(MAIN, socket)
  const over = once(next, 'exit')
  const { account } = await told(
    next,
    'what waited',
    ({ counters, account }) => counters.stored === 1 && account !== null,
  )
  expect(account?.losses).toMatchObject([{ reason: 'killed', count: 1 }])
  next.kill('SIGTERM')
  expect(await over).toEqual([0, null])
})
