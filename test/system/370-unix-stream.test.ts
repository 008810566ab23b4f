import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect } from 'vitest'
import { type Box, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { stored } from '../support/stored-messages.ts'
import { HANG_MS } from '../support/wait-for.ts'

const CONFIG = '[syslog]\nlisten = ["udp://127.0.0.1:0", "unix-stream://run/stream.sock", "unix://run/datagram.sock"]\n'
const LOCAL = { src: 'unix', host: hostname(), app: 'app' }

/** Where the box's stream socket is. */
function socketOf(box: Box): string {
  return join(box.folder, 'run/stream.sock')
}

/** A program that sees this socket as /dev/log. */
function withDevLog(socket: string, command: readonly string[]): [string, string[]] {
  return [
    'unshare',
    ['--mount', 'sh', '-c', 'mount -t tmpfs none /dev && ln -s "$0" /dev/log && exec "$@"', socket, ...command],
  ]
}

/** Logs each line of its input by the C library's syslog(), as `app[7]`, and says so. */
const BY_LIBC = `
import sys, syslog
syslog.openlog("app[7]", 0, syslog.LOG_MAIL)
for line in sys.stdin:
    syslog.syslog(syslog.LOG_ERR, line.strip())
    print("done", flush=True)
`

describe('a unix stream socket', () => {
  testWith(['program logger'], 'takes what logger sends there, line by line and counted', async () => {
    await using box = await startBox({ config: CONFIG })
    const logger = (...words: string[]): Buffer =>
      execFileSync('logger', ['--socket', socketOf(box), '-t', 'app', ...words])
    logger('-p', 'mail.warning', 'stream-one')
    logger('--rfc5424', 'stream-two')
    logger('--octet-count', 'stream-three')
    expect((await stored(box, 'stream-one'))[0]).toMatchObject({
      ...{ ...LOCAL, facility: 'mail', severity: 'warning', format: 'rfc3164', msg: 'stream-one' },
      via: `unix-stream://${socketOf(box)}`,
    })
    expect((await stored(box, 'stream-two'))[0]).toMatchObject({ format: 'rfc5424', src: 'unix' })
    expect((await stored(box, 'stream-three'))[0]).toMatchObject({ ...LOCAL, msg: 'stream-three' })
  })

  testWith(
    ['root', 'program unshare', 'program python3'],
    'is /dev/log to the C library, which comes again when the daemon was killed',
    async () => {
      await using box = await startBox({ config: CONFIG })
      const [command, words] = withDevLog(socketOf(box), ['python3', '-c', BY_LIBC])
      const program = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] })
      const answers = createInterface({ input: program.stdout })
      const log = async (text: string): Promise<void> => {
        program.stdin.write(`${text}\n`)
        await once(answers, 'line')
      }
      await log('libc-one')
      expect((await stored(box, 'libc-one'))[0]).toMatchObject({
        ...{ ...LOCAL, procid: '7', facility: 'mail', severity: 'err', msg: 'libc-one', format: 'rfc3164' },
        flags: ['year-guessed', 'zone-guessed'],
      })
      const { pid } = await box.service('syslog')
      if (pid === null) throw new Error('syslog does not run')
      process.kill(pid, 'SIGKILL')
      await box.until('syslog', 'another life', (service) => service.state === 'ready' && service.pid !== pid)
      await log('libc-two')
      await log('libc-three')
      await stored(box, 'libc-three')
      expect((await stored(box, 'libc-two'))[0]).toMatchObject({ ...LOCAL, msg: 'libc-two' })
      program.stdin.end()
      await once(program, 'exit')
    },
  )

  testWith(
    ['root', 'program unshare', 'program python3'],
    'works as well for datagrams under the same name',
    async () => {
      await using box = await startBox({ config: CONFIG })
      const [command, words] = withDevLog(join(box.folder, 'run/datagram.sock'), ['python3', '-c', BY_LIBC])
      execFileSync(command, words, { input: 'libc-datagram\n', timeout: HANG_MS })
      expect((await stored(box, 'libc-datagram'))[0]).toMatchObject({ ...LOCAL, procid: '7', msg: 'libc-datagram' })
    },
  )
})
