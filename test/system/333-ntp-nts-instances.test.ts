import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { exchangeKeys } from '../../daemons/ntp/nts/exchange-keys.ts'
import { NtsSession } from '../../daemons/ntp/nts/nts-session.ts'
import { RandomPool } from '../../daemons/ntp/nts/random-pool.ts'
import { type Box, startBox } from '../support/box.ts'
import { Certificates } from '../support/certificates.ts'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

let certificates: Certificates
beforeAll(() => {
  certificates = new Certificates()
})
afterAll(() => certificates[Symbol.dispose]())

/** The hash of `shareBySender` gives each to another of three instances. No more: one address may get keys 16 times at once. */
const CLIENTS = ['127.0.0.1', '127.0.0.2', '127.0.0.12']

/** A client that asks as fast as it is answered, with the cookies that its answers bring. */
class Asker {
  answers = 0
  #isStopping = false
  readonly #ended: Promise<void>

  constructor(from: string, session: NtsSession) {
    this.#ended = this.#ask(from, session)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#ended
  }

  async #ask(from: string, session: NtsSession): Promise<void> {
    const socket = createSocket('udp4')
    try {
      socket.bind(0, from)
      await once(socket, 'listening')
      const question = Buffer.alloc(48)
      question[0] = 0x23
      while (!this.#isStopping) {
        question.writeBigUInt64BE(BigInt(this.answers + 1), 40)
        const { host, port } = await session.open()
        const answered = once(socket, 'message')
        socket.send(session.seal(question), port, host)
        const [answer] = (await answered) as [Buffer]
        if (!session.isAuthentic(answer)) throw new Error(`${from} was refused after ${this.answers} answers`)
        this.answers += 1
      }
    } finally {
      socket.close()
    }
  }
}

async function startAskers(box: Box): Promise<readonly Asker[]> {
  const keyPort = await box.port('ntp', 'tls')
  const port = await box.port('ntp', 'udp')
  const random = new RandomPool()
  const ca = readFileSync(certificates.path('ca.pem'), 'utf8')
  const exchange = () => exchangeKeys({ host: '127.0.0.1', port: keyPort, ca })
  return CLIENTS.map(
    (from) => new Asker(from, new NtsSession({ exchange, port, random, nowMs: () => performance.now() })),
  )
}

/** Waits until each has got so many answers more. */
async function askOn(askers: readonly Asker[], more: number): Promise<void> {
  const wanted = askers.map(({ answers }) => answers + more)
  await waitFor('answers for all', () =>
    askers.every(({ answers }, index) => answers >= (wanted[index] ?? 0)) ? true : undefined,
  )
}

describe('network time security of several instances', () => {
  testWith(
    ['program openssl'],
    'refuses nobody while keys rotate under load, not even when the disk does not take them',
    async () => {
      certificates.issue('instances', { alternatives: 'IP:127.0.0.1' })
      await using box = await startBox({
        config: `[ntp]\nlisten = ["udp://127.0.0.1:0"]\ninstances = 3\n[ntp.nts]\nlisten = ["tls://127.0.0.1:0"]\ncert = "${certificates.path('instances.pem')}"\nkey = "${certificates.path('instances.key')}"\nrotate = "1h"\n`,
      })
      const file = join(box.folder, 'state/ntp/nts-keys.json')
      const kept = JSON.parse(readFileSync(file, 'utf8'))
      const { pid } = await box.service('ntp')
      // Where the fresh file would be written: from here on none is.
      mkdirSync(`${file}.${pid}`)
      let askers = await startAskers(box)
      await askOn(askers, 10)
      for (const hours of [1, 2, 3, 4]) {
        const made = new Date(Date.parse(kept.made) - hours * 3_600_000).toISOString()
        writeFileSync(file, JSON.stringify({ ...kept, made }))
        expect(box.lanward('reload').status).toBe(0)
        // Eight cookies of before, and then some of the new key.
        await askOn(askers, 10)
        await Promise.all(askers.map((asker) => asker.stop()))
        askers = await startAskers(box)
        await askOn(askers, 10)
      }
      await Promise.all(askers.map((asker) => asker.stop()))
      const ntp = await box.service('ntp')
      expect(ntp.counters).toMatchObject({ nts_nak: 0, bug: 0, nts_ke_established: 5 * CLIENTS.length })
      expect(ntp.reason).toContain('cannot keep the keys of NTS cookies')
      expect(ntp.pid).toBe(pid)
    },
  )
})
