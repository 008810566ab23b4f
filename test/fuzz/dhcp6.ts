import fc from 'fast-check'
import { decodeDatagram } from '../../daemons/dhcp/v6/relay-codec.ts'
import { clientDatagram, relayed } from '../dhcp/v6/client-message.ts'
import { Clients6, happening6 } from '../dhcp/v6/clients.ts'
import { sendBytes } from '../dhcp/v6/send-bytes.ts'

const templates = [
  clientDatagram({
    associations: [{ iaid: 1, addresses: ['fd00:50::1000', 'fd00:99::1'] }],
    requested: [23, 24, 39, 56],
    fqdn: 'a.b',
  }),
  clientDatagram({
    type: 'RENEW',
    server: '0004000102030405060708090a0b0c0d0e0f',
    associations: [{ iaid: 1, addresses: ['fd00:50::1000'] }],
  }),
  relayed(clientDatagram({ associations: [{ iaid: 1 }, { kind: 'iaPd', iaid: 2 }] }), {
    link: 'fd00:51::1',
    interfaceId: 'eth1',
    mac: '525400000009',
  }),
  relayed(clientDatagram({ type: 'INFORMATION-REQUEST' }), { link: '::' }, { link: 'fd00:50::1', sourcePort: 9 }),
]

const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(400), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(400) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(400), bytes: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(400), length: fc.nat(80) }),
)

const mutated = fc
  .record({ base: fc.constantFrom(...templates), changes: fc.array(change, { maxLength: 8 }) })
  .map(({ base, changes }) => changes.reduce(mutate, base))

function mutate(bytes: Uint8Array, what: typeof change extends fc.Arbitrary<infer T> ? T : never): Uint8Array {
  const at = Math.min(what.at, bytes.length)
  switch (what.kind) {
    case 'set':
      return Uint8Array.from(bytes, (byte, index) => (index === at ? what.byte : byte))
    case 'cut':
      return bytes.slice(0, at)
    case 'insert':
      return Uint8Array.from([...bytes.subarray(0, at), ...what.bytes, ...bytes.subarray(at)])
    case 'repeat':
      return Uint8Array.from([...bytes.subarray(0, at + what.length), ...bytes.subarray(at)])
  }
}

/**
 * Throws when an IPv6 address is given to a client while another still may use it, whatever happens in between, or when a
 * strange datagram throws or leads to an answer that cannot be read.
 */
export function run(runs: number, seed: number): void {
  fc.assert(
    fc.property(fc.array(happening6, { maxLength: 60, size: 'max' }), (story) => {
      const clients = new Clients6()
      for (const what of story) clients.live(what)
    }),
    { numRuns: runs, seed },
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(mutated, fc.uint8Array({ maxLength: 600 })), { maxLength: 10 }), (datagrams) => {
      const { scenario } = new Clients6()
      for (const bytes of datagrams) {
        const before = decodeDatagram(bytes)
        const answer = sendBytes(scenario, bytes)
        if (before.kind === 'malformed' && answer !== null) throw new Error('an answer to what cannot be read')
      }
    }),
    { numRuns: runs, seed },
  )
}
