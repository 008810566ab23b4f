import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { timeReport } from '../support/ask-time.ts'
import { startBox } from '../support/box.ts'
import { startChronydIn } from '../support/chronyd-in.ts'
import { testWith } from '../support/needs.ts'
import { ip, makeLan } from '../support/network.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-elsewhere-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

testWith(
  ['namespaces', 'program chronyd'],
  'sources on another machine of the LAN, by IPv4 and by IPv6, are asked and followed',
  async () => {
    using lan = makeLan('192.168.50.2/24')
    ip('-n', lan.server, 'address', 'add', 'fd00:50::1/64', 'dev', 'lan0', 'nodad')
    ip('-n', lan.client, 'address', 'add', 'fd00:50::2/64', 'dev', 'eth0', 'nodad')
    await using _source = startChronydIn(lan.client, folder, ['local stratum 4', 'allow all'])
    const addresses = ['192.168.50.2', 'fd00:50::2']
    const sources = addresses.map((address) => `[[ntp.source]]\naddress = "${address}"\niburst = true\n`)
    const config = `[ntp]\nlisten = ["udp://127.0.0.1:1123"]\n${sources.join('')}`
    await using box = await startBox({ config, namespace: lan.server })
    const told = await waitFor('both to be followed', async () => {
      const told = await timeReport(box)
      const isHeard = told.sources.every(({ stratum, error }) => stratum !== null && error === null)
      return told.clock.synchronised && isHeard ? told : undefined
    })
    expect(told.clock).toMatchObject({ stratum: 5 })
    expect(told.sources).toMatchObject(addresses.map((address) => ({ address, stratum: 4 })))
  },
)
