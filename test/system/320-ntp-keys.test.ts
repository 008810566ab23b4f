import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { timeReport } from '../support/ask-time.ts'
import { type Box, startBox } from '../support/box.ts'
import { askWithChronyd, startChronyd } from '../support/chronyd.ts'
import { testWith } from '../support/needs.ts'
import { makeLan, runIn } from '../support/network.ts'
import { startTimeServer } from '../support/time-server.ts'
import { waitFor } from '../support/wait-for.ts'

const TYPES = ['MD5', 'SHA1', 'SHA256', 'SHA384', 'SHA512', 'AES128', 'AES256'] as const
const HEX = '00112233445566778899aabbccddeeff'
/** Key n is of the n-th type. */
const KEYS = TYPES.map((type, index) => `${index + 1} ${type} HEX:${type === 'AES256' ? HEX + HEX : HEX}\n`).join('')
const OTHER_KEYS = KEYS.replaceAll('HEX:00', 'HEX:99')

async function boxWithKeys(rest = ''): Promise<Box> {
  const box = await startBox({
    config: `[ntp]\nlisten = ["udp://127.0.0.1:0"]\nkeys = "ntp.keys"\n${rest}`,
    untilReady: false,
  })
  await box.until('ntp', 'ready', ({ state }) => state === 'ready')
  keep(box, KEYS)
  return box
}

function keep(box: Box, keys: string): void {
  writeFileSync(join(box.folder, 'ntp.keys'), keys, { mode: 0o600 })
  expect(box.lanward('reload').status).toBe(0)
}

describe('symmetric keys', () => {
  testWith(['root', 'program chronyd'], 'let a chronyd with the same key in, whatever its type', async () => {
    await using box = await boxWithKeys()
    const port = await box.port('ntp', 'udp')
    const file = join(box.folder, 'theirs.keys')
    writeFileSync(file, KEYS, { mode: 0o600 })
    // Who is let in ends with the first answer, however long that takes.
    const ask = (key: number, keyFile: string, timeoutS = 30) =>
      askWithChronyd([`server 127.0.0.1 port ${port} key ${key} iburst maxsamples 1`, `keyfile ${keyFile}`], timeoutS)
    const asked = await Promise.all(TYPES.map((_, index) => ask(index + 1, file)))
    for (const [index, { code, said }] of asked.entries()) expect(code, `${TYPES[index]}: ${said}`).toBe(0)
    expect((await timeReport(box)).clients[0]?.authentication).toBe('key')
    const before = (await box.service('ntp')).counters
    expect(before['answered_key']).toBe(before['answered'])
    expect(before['answered_key']).toBeGreaterThanOrEqual(TYPES.length)

    writeFileSync(file, OTHER_KEYS)
    expect((await ask(6, file, 3)).code).not.toBe(0)
    keep(box, '1 MD5 HEX:00\n')
    expect((await ask(6, file, 3)).code).not.toBe(0)
    const after = (await box.service('ntp')).counters
    expect(after['answered']).toBe(before['answered'])
    expect(after['bad_mac']).toBeGreaterThan(0)
    expect(after['unknown_key']).toBeGreaterThan(0)
  })

  testWith(['namespaces', 'program ntpdig'], 'let ntpdig in', async () => {
    // It asks port 123 alone, which may be taken on this machine.
    using lan = makeLan('192.168.50.2/24')
    await using box = await startBox({
      config: '[ntp]\nlisten = ["udp://192.168.50.1:123"]\nkeys = "ntp.keys"\n',
      namespace: lan.server,
      untilReady: false,
    })
    const file = join(box.folder, 'theirs.keys')
    writeFileSync(file, `2 SHA1 ${HEX}${HEX.slice(0, 8)}\n6 AES-128 ${HEX}\n`)
    keep(box, `2 SHA1 HEX:${HEX}${HEX.slice(0, 8)}\n6 AES128 HEX:${HEX}\n`)
    for (const key of ['2', '6']) {
      const words = ['-a', key, '-k', file, '-t', '3', '-p', '1', '192.168.50.1']
      expect(runIn(lan.client, ['ntpdig', ...words])).toContain('192.168.50.1')
    }
    expect((await box.service('ntp')).counters).toMatchObject({ answered: 2, answered_key: 2 })
  })

  testWith(['root', 'program chronyd'], 'prove a chronyd as source, whatever their type, and nobody else', async () => {
    await using chronyd = startChronyd((folder) => {
      writeFileSync(join(folder, 'keys'), `${KEYS}9 SHA1 HEX:aabbccddeeff\n`, { mode: 0o600 })
      return ['allow 127.0.0.0/8', 'local stratum 4', `keyfile ${join(folder, 'keys')}`]
    })
    using unsigned = await startTimeServer()
    const source = (address: string, port: number, key: number): string =>
      `[[ntp.source]]\naddress = "${address}"\nport = ${port}\nkey = ${key}\npoll = { min = "2s", max = "4s" }\n`
    const known = TYPES.map((_, index) => source(`127.0.0.${index + 1}`, chronyd.port, index + 1))
    const rest = [
      source('127.0.0.8', chronyd.port, 8),
      source('127.0.0.9', chronyd.port, 9),
      source('127.0.0.1', unsigned.port, 1),
    ]
    await using box = await boxWithKeys([...known, ...rest].join(''))
    keep(box, `${KEYS}9 SHA1 HEX:0000\n`)
    const { sources } = await waitFor('all to have answered', async () => {
      const said = await timeReport(box)
      const heard = said.sources.slice(0, 7).every(({ state, error }) => state !== 'unreachable' && error === null)
      const unheard = said.sources[8]?.error === 'no answer' && said.sources[9]?.error?.startsWith('its') === true
      return heard && unheard ? said : undefined
    })
    expect(sources.map(({ authentication }) => authentication)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 1].map((key) => `key ${key}`),
    )
    expect(sources.slice(7).map(({ error }) => error)).toEqual([
      expect.stringMatching(/^there is no key 8 in .*ntp\.keys$/),
      'no answer',
      'its answer is not authenticated',
    ])
  })
})
