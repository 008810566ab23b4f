import fc from 'fast-check'
import { encodeOption } from '../../config/dhcp-options/encode-option.ts'
import { KNOWN_OPTIONS } from '../../config/dhcp-options/known-options.ts'
import { Complaint } from '../../config/pieces/piece.ts'
import { decodeMessage, encodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { clientMessage } from '../dhcp/client-message.ts'
import { DeskScenario, SERVER } from '../dhcp/desk-scenario.ts'
import { attachedSubnet, option, relayedSubnet } from '../dhcp/fixture.ts'
import { dhcpClass, settings } from '../dhcp/settings.ts'

/** Everything that looks at bytes of clients is switched on. */
const CLASSES = [
  dhcpClass('text', { vendorClasses: ['*a*b*', 'PXE*'], settings: settings({ leaseSeconds: 60 }) }),
  dhcpClass('user', { userClasses: ['*', 'iPXE'] }),
  dhcpClass('boot', { architectures: [0, 7, 16] }),
  dhcpClass('port', { circuitIds: ['00*'], remoteIds: ['ff*'], deny: true }),
  dhcpClass('random', { randomMac: true }),
]
const SUBNET = {
  ...attachedSubnet,
  network: 'hall',
  rapidCommit: true,
  bootp: 'dynamic',
  authoritative: true,
  options: [
    ...attachedSubnet.options,
    option(108, '00000708'),
    option(121, '00c0000201'),
    option(43, 'ab'.repeat(600), true),
  ],
  boots: [
    {
      nextServer: 'self',
      serverName: 'b'.repeat(70),
      file: `http://${'x'.repeat(150)}`,
      files: [
        { architecture: 'ipxe', file: 'm' },
        { architecture: 7, file: 'e' },
      ],
    },
  ],
} as const

const octets = fc.uint8Array({ maxLength: 300 })
/** Options whose inside somebody reads. */
const strangeOption = fc.tuple(
  fc.constantFrom(12, 43, 50, 51, 54, 55, 57, 60, 61, 77, 80, 81, 82, 93, 97, 108, 118, 175),
  octets,
)
const strangeMessage = fc.record({
  type: fc.constantFrom(null, 'DISCOVER', 'REQUEST', 'DECLINE', 'RELEASE', 'INFORM'),
  mac: fc.constantFrom('52:54:00:00:00:01', '02:00:00:00:00:02', '52:54:00:00:00:52'),
  giaddr: fc.constantFrom('0.0.0.0', '198.51.100.1', '192.0.2.9'),
  ciaddr: fc.constantFrom('0.0.0.0', '192.0.2.100', '203.0.113.5'),
  broadcast: fc.boolean(),
  options: fc.array(strangeOption, { maxLength: 6 }),
})

/** Sends messages with anything inside of their options: each is decided about, and each reply is one that can be read. */
export function checkStrangers(runs: number, seed: number): void {
  const scenario = new DeskScenario()
  scenario.desk.replan({ classes: CLASSES, subnets: [SUBNET, { ...relayedSubnet, network: 'hall' }] })
  fc.assert(
    fc.property(strangeMessage, fc.boolean(), ({ options, ...parts }, unicast) => {
      const message = { ...parts, options: options.map(([code, value]) => [code, [...value]] as const) } as const
      const bytes = encodeMessage(clientMessage(message), 4000).bytes
      if (decodeMessage(bytes).kind !== 'message') return
      const { decision } = scenario.send(message, unicast ? { source: '192.0.2.100', local: SERVER } : {})
      scenario.passSeconds(1)
      if (decision.reply === null) return
      const { bytes: sent } = encodeMessage(decision.reply.message, decision.reply.maxBytes)
      const read = decodeMessage(sent)
      if (read.kind !== 'message') throw new Error(`a reply that is ${read.reason}`)
      if (sent.length > decision.reply.maxBytes) throw new Error(`a reply of ${sent.length} octets`)
    }),
    { numRuns: runs, seed },
  )
}

const anyValue = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.ipV4(), fc.domain(), fc.string(), fc.integer())))
const forms = [...new Set([...KNOWN_OPTIONS.values()].map(({ form }) => form))]

/** Writes any value in any form: octets come out, or a sentence. */
export function checkOptionValues(runs: number, seed: number): void {
  fc.assert(
    fc.property(fc.constantFrom(...forms), anyValue, (form, value) => {
      const encoded = encodeOption(form, value)
      if (encoded instanceof Complaint) return
      if (encoded.length === 0) throw new Error(`nothing for ${JSON.stringify(value)} as ${form}`)
      if (encoded.some((octet) => !Number.isInteger(octet) || octet < 0 || octet > 255)) throw new Error('no octet')
    }),
    { numRuns: runs, seed },
  )
}
