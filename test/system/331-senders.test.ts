import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { type Box, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { waitFor } from '../support/wait-for.ts'

interface Row {
  readonly address: string
  readonly messages: number
  readonly first_seen: string
  readonly sequence_missing: number
  readonly dialect: string | null
  readonly pinned: unknown
  readonly zone: string | null
}

function sendersOf(box: Box): Row[] {
  const { status, stdout } = box.lanward('senders', '--json')
  return status === 0 ? JSON.parse(stdout) : []
}

function newest(box: Box, count: number): Record<string, unknown>[] {
  const { stdout } = box.lanward('logs', '--json', '-n', String(count), '--host', '127.0.0.1')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
}

describe('lanward senders', () => {
  test('tells who sent, over restarts; a pinned dialect and zone change how messages are read, from the reload on', async () => {
    await using box = await startBox({ config: '[syslog]\nlisten = ["udp://127.0.0.1:0"]\n' })
    using sender = openOnLoopback('udp://127.0.0.1:0')
    const target = { address: '127.0.0.1', port: await box.port('syslog', 'udp') }
    const send = (text: string) => sendDatagram(sender.fd, Buffer.from(text), target)
    const stored = (count: number) =>
      box.until('syslog', `${count} messages`, ({ counters }) => counters['stored'] === count)
    // Half a year away from now, so that no time zone fits.
    const far = new Date(Date.now() + 182 * 86_400_000)
    const line = `<189>${far.toUTCString().slice(8, 11)} 15 12:00:00 Interface Gi0/1 is up`
    for (const number of [1, 2, 3, 7, 8]) send(`<189>${number}: *Mar  1 18:46:11: %SYS-5-CONFIG_I: text ${number}`)
    send(line)
    await stored(6)
    expect(newest(box, 1)).toMatchObject([
      { host: 'Interface', app: 'Gi0/1', flags: expect.arrayContaining(['zone-guessed']) },
    ])
    const lost = await waitFor('the gap in the numbering', () => {
      const { losses } = JSON.parse(box.lanward('logs', 'losses', '--json').stdout)
      return losses.length > 0 ? losses : undefined
    })
    expect(lost).toMatchObject([{ reason: 'device_gap', sender: '127.0.0.1', count: 3 }])
    const [first] = sendersOf(box)
    expect(first).toMatchObject({ address: '127.0.0.1', messages: 6, sequence_missing: 3, pinned: null })

    const { stdout: sections } = box.lanward('senders', '--toml')
    expect(sections).toContain('[[syslog.sender]]    # Interface\naddress = "127.0.0.1"\ndialect = "cisco"\n')
    const pin = '[[syslog.sender]]\naddress = "127.0.0.0/8"\ndialect = "cisco"\ntimezone = "Asia/Tokyo"\n'
    writeFileSync(box.config, `${readFileSync(box.config, 'utf8')}\n${pin}`)
    expect(box.lanward('check').status).toBe(0)
    expect(box.lanward('reload').stdout).toContain('reloaded')
    send(line)
    await stored(7)
    const [read] = newest(box, 1)
    expect(read).toMatchObject({ host: null, app: null, msg: 'Interface Gi0/1 is up', flags: ['year-guessed'] })
    expect(read?.['ts']).toContain(`${far.toISOString().slice(4, 8)}15T12:00:00+09:00`)

    const { restarts } = await box.service('syslog')
    expect(box.lanward('restart', 'syslog').status).toBe(0)
    await box.until('syslog', 'a new life', (now) => now.restarts >= restarts && now.state === 'ready')
    expect(sendersOf(box)).toMatchObject([
      {
        ...{ address: '127.0.0.1', messages: 7, first_seen: first?.first_seen, sequence_missing: 3, zone: 'pinned' },
        pinned: { dialect: 'cisco', timezone: 'Asia/Tokyo' },
      },
    ])
    expect(box.lanward('senders').stdout).toContain('cisco (pinned)')
  })
})
