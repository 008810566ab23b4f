import { pino } from 'pino'
import { expect, test } from 'vitest'
import { poolUsage } from '../../../daemons/dhcp/subnets/pool-usage.ts'
import { exhaustedPools, PoolWatch, scarcePools } from '../../../daemons/dhcp/subnets/pool-watch.ts'
import { DeskScenario, SERVER, served } from '../desk-scenario.ts'

const mac = (number: number): string => `52:54:00:00:01:${number.toString(16).padStart(2, '0')}`

/** A pool of ten addresses, and the lines that are written about it. */
class Watched {
  readonly scenario = new DeskScenario()
  readonly #lines: string[] = []
  readonly #watch = new PoolWatch(pino({}, { write: (line: string) => this.#lines.push(line) }), poolUsage)

  take(...numbers: readonly number[]): void {
    for (const number of numbers) this.scenario.lease(mac(number))
  }

  giveBack(...numbers: readonly number[]): void {
    for (const number of numbers) {
      const mine = [...this.scenario.desk.book.leases()].find((lease) => lease.mac === mac(number))
      const ciaddr = `192.0.2.${(mine?.address ?? 0) & 255}`
      this.scenario.send({ mac: mac(number), type: 'RELEASE', ciaddr, server: SERVER })
    }
  }

  /** What a look says that comes a second after the last one. */
  look(): readonly string[] {
    this.scenario.passSeconds(1)
    this.#watch.look(this.scenario.desk.book, this.scenario.time.monotonic)
    const said = this.#lines.splice(0).map((line): Record<string, unknown> => JSON.parse(line))
    return said.map(({ level, subnet, free, msg }) => `${level} ${subnet} ${free} ${msg}`)
  }
}

test('PoolWatch says once that addresses run out, that none is free, and that there are some again', () => {
  const watched = new Watched()
  watched.take(0, 1, 2, 3, 4, 5, 6, 7)
  expect(watched.look()).toEqual([])
  watched.take(8)
  expect(watched.look()).toEqual(['40 192.0.2.0/24 1 addresses run out'])
  expect(watched.look()).toEqual([])
  watched.take(9)
  expect(watched.look()).toEqual(['40 192.0.2.0/24 0 no address is free: new clients get none'])
  expect(watched.look()).toEqual([])
  watched.giveBack(9)
  expect(watched.look()).toEqual(['30 192.0.2.0/24 1 addresses are free again'])
  watched.giveBack(8)
  expect(watched.look()).toEqual(['30 192.0.2.0/24 2 enough addresses are free again'])
  expect(watched.look()).toEqual([])
})

test('PoolWatch writes no line for each client that comes and goes at a limit', () => {
  const scenario = new DeskScenario({ pools: [{ first: '192.0.2.100', last: '192.0.2.199' }] })
  const watched = Object.assign(new Watched(), { scenario })
  watched.take(...Array.from({ length: 90 }, (_, number) => number))
  expect(watched.look()).toHaveLength(1)
  for (let round = 0; round < 3; round++) {
    watched.giveBack(1, 2)
    expect(watched.look()).toEqual([])
    watched.take(1, 2)
    expect(watched.look()).toEqual([])
  }
})

test('PoolWatch looks at most once a second', () => {
  const watched = new Watched()
  watched.look()
  watched.take(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
  watched.scenario.passSeconds(-1)
  expect(watched.look()).toEqual([])
  expect(watched.look()).toHaveLength(1)
})

test('exhaustedPools and scarcePools name the subnets, and not one without pools', () => {
  const watched = new Watched()
  const { desk } = watched.scenario
  watched.take(0, 1, 2, 3, 4, 5, 6, 7, 8)
  expect(exhaustedPools(desk.book)).toEqual([])
  expect(scarcePools(desk.book)).toEqual(['only 1 of 10 addresses of 192.0.2.0/24 are free'])
  watched.take(9)
  expect(exhaustedPools(desk.book)).toEqual(['no address of 192.0.2.0/24 is free'])
  expect(scarcePools(desk.book)).toEqual([])
  desk.replan(served({ ...watched.scenario.subnet, pools: [] }))
  expect([...exhaustedPools(desk.book), ...scarcePools(desk.book)]).toEqual([])
})
