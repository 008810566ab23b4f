import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DgramAsPromised } from 'dgram-as-promised'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { numberOption } from '../../daemons/dhcp/message/message.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { RelayAgentClient } from '../dhcp/daemon-under-test.ts'
import { freePort } from '../support/free-port.ts'
import { LoneDaemon, type Surroundings } from '../support/lone-daemon.ts'
import { type Need, testWith } from '../support/needs.ts'
import { messagesIn } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

/** How one daemon is started alone, asked, and told something new. */
interface Case {
  readonly needs: readonly Need[]
  readonly config: (port: number, folder: string) => string
  readonly hold: (port: number, folder: string) => Surroundings['hold']
  /** One request, and what its answer shows of the settings. */
  readonly ask: (port: number, daemon: LoneDaemon) => Promise<unknown>
  readonly answer: unknown
  /** A change of the configuration and what the answer shows then. */
  readonly change: readonly [from: string, to: string]
  readonly changed: unknown
}

const ACTIVATE: Need = 'program systemd-socket-activate'
const LONG = 'x'.repeat(1500)

const CASES: Readonly<Record<string, Case>> = {
  ntp: {
    needs: [ACTIVATE],
    config: () => '[ntp]\nlocal_stratum = 9\n',
    hold: (port) => ({ datagram: true, addresses: [`127.0.0.1:${port}`] }),
    ask: async (port) => (await exchange(port, Uint8Array.of(0x23, ...new Uint8Array(47))))[1],
    answer: 9,
    change: ['local_stratum = 9', 'local_stratum = 4'],
    changed: 4,
  },
  syslog: {
    needs: [ACTIVATE],
    config: () => '[syslog]\nmax_message = "2KiB"\n',
    hold: (port, folder) => ({ datagram: true, addresses: [`127.0.0.1:${port}`, join(folder, 'log.sock')] }),
    ask: async (port, daemon) => {
      const before = storedMessages(daemon).length
      await send(port, `<13>1 - host app - - - ${LONG}`)
      return waitFor('the stored message', () => storedMessages(daemon)[before]?.length)
    },
    answer: LONG.length,
    change: ['"2KiB"', '"1KiB"'],
    changed: 1024 - '<13>1 - host app - - - '.length,
  },
  http: {
    needs: [ACTIVATE],
    config: (_, folder) => `[http]\nroot = "${folder}"\n`,
    hold: (port) => ({ datagram: false, addresses: [`127.0.0.1:${port}`] }),
    ask: async (port) => (await fetch(`http://127.0.0.1:${port}/lanward.toml`)).status,
    answer: 200,
    change: ['root', '# root'],
    changed: 404,
  },
  dhcp: {
    needs: [],
    config: (port) =>
      `[dhcp]\nlisten = ["udp://127.0.0.1:${port}"]\nrelay_port = "source"\n[[dhcp.subnet]]\nsubnet = "10.77.0.0/16"
pools = ["10.77.1.0-10.77.1.99"]\nlease_time = "1h"\n`,
    hold: () => null,
    ask: async (port) => {
      await using relay = await new RelayAgentClient(port).open()
      const offer = await relay.exchange({ type: 'DISCOVER', mac: '52:54:00:00:00:01', giaddr: '10.77.0.1', xid: 7 })
      return numberOption(offer, OPTION.leaseTime)
    },
    answer: 3600,
    change: ['"1h"', '"2h"'],
    changed: 7200,
  },
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-alone-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe.each(Object.entries(CASES))('lanward-%s.service', (name, { needs, config, hold, ask, answer, ...after }) => {
  const start = async (port: number, text: string): Promise<LoneDaemon> => {
    const file = join(folder, 'lanward.toml')
    writeFileSync(file, text)
    return LoneDaemon.start(name, { folder, config: file, hold: hold(port, folder) })
  }

  testWith(needs, 'serves what waited, is ready, beats, takes a change, keeps a mistake out, ends with 0', async () => {
    const port = freePort()
    const before = config(port, folder)
    await using daemon = await start(port, before)
    if (hold(port, folder) === null) await daemon.told('READY', '1')
    expect(await ask(port, daemon)).toBe(answer)
    expect((await daemon.told('READY', '1')).senderPid).toBe(daemon.pid)
    expect(daemon.notifications[0]?.fields.get('STATUS')).toMatch(/\w/)
    await daemon.told('WATCHDOG', '1')

    const [from, to] = after.change
    const good = before.replace(from, to)
    writeFileSync(join(folder, 'lanward.toml'), good)
    const seen = daemon.notifications.length
    expect(daemon.reload()).toEqual({ status: 0, stderr: '' })
    await daemon.told('RELOADING', '1', seen)
    await daemon.told('READY', '1', seen)
    expect(await ask(port, daemon)).toBe(after.changed)

    const section = readFileSync(daemon.sectionFile, 'utf8')
    writeFileSync(join(folder, 'lanward.toml'), `${good}nonsense = 1\n`)
    expect(daemon.reload()).toMatchObject({ status: 78, stderr: expect.stringContaining('nonsense') })
    expect(readFileSync(daemon.sectionFile, 'utf8')).toBe(section)
    expect(await ask(port, daemon)).toBe(after.changed)

    process.kill(daemon.pid, 'SIGTERM')
    expect(await daemon.ended()).toBe(0)
    await daemon.told('STOPPING', '1')
  })

  testWith(needs, 'does not start on a wrong configuration, with the exit code that forbids to try again', async () => {
    const port = freePort()
    await using daemon = await start(port, `[${name}]\nnonsense = 1\n`)
    if (hold(port, folder)?.datagram === true) await send(port, '?')
    if (hold(port, folder)?.datagram === false) fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    expect(await daemon.ended()).toBe(78)
    expect(daemon.output).toContain('nonsense')
    expect(daemon.notifications).toEqual([])
  })
})

async function exchange(port: number, request: Uint8Array): Promise<Uint8Array> {
  const socket = DgramAsPromised.createSocket('udp4')
  try {
    await socket.bind({ address: '127.0.0.1' })
    const answer = socket.recv()
    await socket.send(request, 0, request.length, port, '127.0.0.1')
    return (await answer)?.msg ?? new Uint8Array()
  } finally {
    await socket.close()
  }
}

async function send(port: number, text: string): Promise<void> {
  const socket = DgramAsPromised.createSocket('udp4')
  const bytes = Buffer.from(text)
  await socket.send(bytes, 0, bytes.length, port, '127.0.0.1')
  await socket.close()
}

function storedMessages({ stateFolder }: LoneDaemon): readonly string[] {
  const segments = join(stateFolder, 'segments')
  return existsSync(segments) ? messagesIn(segments).map(({ msg }) => msg) : []
}
