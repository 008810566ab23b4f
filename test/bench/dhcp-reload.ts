import { pino } from 'pino'
import type { Lease } from '../../daemons/dhcp/leases/lease.ts'
import { LeaseDesk } from '../../daemons/dhcp/leases/lease-desk.ts'
import type { DhcpSubnet } from '../../daemons/dhcp/section.ts'
import { MemoryBindingStore } from '../../daemons/dhcp/v6/memory-binding-store.ts'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import { served } from '../dhcp/desk-scenario.ts'
import { attachedSubnet, option, reservation } from '../dhcp/fixture.ts'
import { median, printTable } from './figures.ts'

/**
 * How long a reload of [dhcp] holds up the daemon that has so many leases, by what has changed, each time from the same
 * section.
 *
 * Arguments: leases (default 1000000), rounds (default 5).
 */
const [count = 1_000_000, rounds = 5] = process.argv.slice(2, 4).map(Number)
const NOW_MS = Date.now()
const FIRST = parseIpv4('192.1.0.0') ?? 0
const BEFORE: DhcpSubnet = {
  ...{ ...attachedSubnet, subnet: '192.0.0.0/8', routers: [], reservations: [] },
  pools: [{ first: '192.1.0.0', last: '192.60.255.255' }],
}
const host = reservation({ macs: ['52:54:00:00:00:07'], address: '192.0.0.7' })
const CHANGES = {
  'an option': { options: [option(6, '08080808')] },
  'a pool': { pools: [{ first: '192.1.0.0', last: '192.61.255.255' }] },
  'a reservation': { reservations: [host] },
  'the mask': { subnet: '192.0.0.0/7' },
}

function main(): void {
  const times = { wallMs: () => NOW_MS, monotonicMs: () => performance.now() }
  const store = { beganMs: 0, bindings: new MemoryBindingStore(), load: leases, commit() {}, prove() {}, close() {} }
  const desk = new LeaseDesk({ served: served(BEFORE), store, time: times, log: pino({ level: 'silent' }) })
  const took = (work: () => void): number => {
    const fromMs = performance.now()
    work()
    return performance.now() - fromMs
  }
  const row = (what: string, measure: () => number): [string, string] => {
    const all = Array.from({ length: rounds }, measure)
    return [what, median(all).toFixed(1)]
  }
  const rows = Object.entries(CHANGES).map(([what, change]) =>
    row(what, () => {
      const ms = took(() => desk.replan(served({ ...BEFORE, ...change })))
      desk.replan(served(BEFORE))
      return ms
    }),
  )
  rows.push(
    row('the subnet is gone', () => {
      const ms = took(() => desk.replan(served()))
      desk.replan(served(BEFORE))
      return ms
    }),
  )
  printTable([`changed, with ${count} leases`, 'ms'], rows)
}

/** One of ten is over. */
function* leases(): Iterable<Lease> {
  for (let number = 0; number < count; number++) {
    const mac = `52:54:${number.toString(16).padStart(8, '0').match(/../g)?.join(':')}`
    yield {
      ...{ address: FIRST + number, client: `h1:${mac}`, mac, clientId: null, hostname: `host-${number}` },
      ...{ state: 'bound', startsMs: NOW_MS, endsMs: NOW_MS + (number % 10 === 0 ? -1000 : 3_600_000) },
      ...{ relay: 0, circuitId: null, remoteId: null, reserved: false },
    }
  }
}

main()
