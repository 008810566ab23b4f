import { describe, expect, test } from 'vitest'
import { decodeMessage, encodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import type { DhcpBoot } from '../../../daemons/dhcp/section.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { type ClientMessage, ip } from '../client-message.ts'
import { DeskScenario, replyOption, SERVER, type Seen } from '../desk-scenario.ts'
import { attachedSubnet, reservation } from '../fixture.ts'
import { readPacket } from '../packet-file.ts'
import { dhcpClass, settings } from '../settings.ts'

const octets = (text: string): number[] => [...Buffer.from(text)]
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

/** What the boot code of a network card sends. @rfc 4578 sections 2.1 to 2.3 */
function rom(architecture: number, kind = 'PXEClient'): ClientMessage {
  const vendor = `${kind}:Arch:${String(architecture).padStart(5, '0')}:UNDI:003016`
  return {
    mac: '00:00:5e:00:53:01',
    wishes: [
      1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97, 128, 129,
    ],
    options: [
      [57, [0x05, 0xc0]],
      [97, [0, ...Array.from({ length: 16 }, (_, index) => index)]],
      [93, [architecture >> 8, architecture & 255]],
      [94, [1, 3, 16]],
      [60, octets(vendor)],
    ],
  }
}

/** What iPXE sends: its user class without a length, and its features in option 175. */
const ipxe: ClientMessage = {
  ...rom(7),
  options: [...(rom(7).options ?? []), [77, octets('iPXE')], [175, [0xb1, 5, 1, 0x80, 0x86, 0x10, 0x0e, 0x13, 1, 1]]],
}

const BOOT: DhcpBoot = {
  nextServer: '192.0.2.9',
  serverName: 'boot.lab.example',
  file: 'undionly.kpxe',
  files: [
    { architecture: 'ipxe', file: 'http://192.0.2.9/menu.ipxe' },
    { architecture: 7, file: 'ipxe.efi' },
    { architecture: 11, file: 'arm/ipxe.efi' },
    { architecture: 16, file: 'http://192.0.2.9/ipxe.efi' },
  ],
}

const fileOf = (seen: Seen): string => text(seen.decision.reply?.message.file)

describe('boot firmware on the wire', () => {
  test.each([
    ['pxe-bios-discover', 'undionly.kpxe', ''],
    ['pxe-uefi-discover', 'ipxe.efi', ''],
    ['http-uefi-discover', 'http://192.0.2.9/ipxe.efi', 'HTTPClient'],
    ['ipxe-discover', 'http://192.0.2.9/menu.ipxe', ''],
  ])('%s is answered with %s', (name, file, vendorClass) => {
    const decoded = decodeMessage(readPacket(name))
    if (decoded.kind !== 'message') throw new Error(decoded.reason)
    const arrival = { source: 0, sourcePort: 68, local: 0, link: { address: ip(SERVER) } }
    const scenario = new DeskScenario({ boots: [BOOT] })
    const { reply } = scenario.desk.take(decoded.message, arrival, scenario.site, false)
    if (reply === null) throw new Error('no reply')
    expect(reply.destination).toEqual({ kind: 'broadcast' })
    const answer = decodeMessage(encodeMessage(reply.message, reply.maxBytes).bytes)
    if (answer.kind !== 'message') throw new Error(answer.reason)
    expect(text(answer.message.file)).toBe(file)
    expect(text(answer.message.options.get(67))).toBe(file)
    expect(text(answer.message.options.get(60))).toBe(vendorClass)
    expect(formatIpv4(answer.message.siaddr)).toBe('192.0.2.9')
  })
})

describe('a client is told what to boot', () => {
  test.each<[string, ClientMessage, string]>([
    ['by BIOS: the file for all', rom(0), 'undionly.kpxe'],
    ['by UEFI: the file of its architecture', rom(7), 'ipxe.efi'],
    [
      'by UEFI that tells its architecture in its vendor class alone',
      { ...rom(7), options: (rom(7).options ?? []).filter(([code]) => code !== 93) },
      'ipxe.efi',
    ],
    ['by UEFI on ARM', rom(11), 'arm/ipxe.efi'],
    ['by UEFI over HTTP: the URL of its architecture', rom(16, 'HTTPClient'), 'http://192.0.2.9/ipxe.efi'],
    ['by iPXE: its menu, so that it does not load itself again', ipxe, 'http://192.0.2.9/menu.ipxe'],
    ['by nothing special: the file for all', { mac: '00:00:5e:00:53:02' }, 'undionly.kpxe'],
  ])('%s', (_title, message, file) => {
    const offer = new DeskScenario({ boots: [BOOT] }).send(message)
    expect(fileOf(offer)).toBe(file)
    const reply = offer.decision.reply?.message
    expect(formatIpv4(reply?.siaddr ?? 0)).toBe('192.0.2.9')
    expect(text(reply?.sname)).toBe('boot.lab.example')
  })

  test('in the options too when it asks for them there', () => {
    const offer = new DeskScenario({ boots: [BOOT] }).send(rom(7))
    expect(replyOption(offer, 66)).toBe(Buffer.from('boot.lab.example').toString('hex'))
    expect(replyOption(offer, 67)).toBe(Buffer.from('ipxe.efi').toString('hex'))
    expect(replyOption(new DeskScenario({ boots: [BOOT] }).send({ wishes: [1] }), 67)).toBeUndefined()
  })

  test('only by HTTP when it fetches in no other way, and with its own vendor class', () => {
    const offer = new DeskScenario({ boots: [BOOT] }).send(rom(16, 'HTTPClient'))
    expect(replyOption(offer, 60)).toBe(Buffer.from('HTTPClient').toString('hex'))
    const none = new DeskScenario({ boots: [{ ...BOOT, files: [] }] }).send(rom(16, 'HTTPClient'))
    expect(fileOf(none)).toBe('')
    expect(replyOption(none, 60)).toBeUndefined()
    expect(replyOption(new DeskScenario({ boots: [BOOT] }).send(rom(7)), 60)).toBeUndefined()
  })

  test('never by URL when it is a ROM that knows TFTP alone', () => {
    const url = { ...BOOT, file: 'https://192.0.2.9/x', files: [] }
    expect(fileOf(new DeskScenario({ boots: [url] }).send(rom(0)))).toBe('')
    expect(fileOf(new DeskScenario({ boots: [url] }).send(ipxe))).toBe('https://192.0.2.9/x')
  })

  test('a long path in the option, where the field is too short', () => {
    const long = `http://192.0.2.9/${'x'.repeat(200)}`
    const offer = new DeskScenario({ boots: [{ ...BOOT, file: long, files: [] }] }).send({ wishes: [1] })
    expect(fileOf(offer)).toBe('')
    expect(replyOption(offer, 67)).toBe(Buffer.from(long).toString('hex'))
  })

  test('by the highest level that has something for it', () => {
    const scenario = new DeskScenario()
    const low = { ...BOOT, nextServer: 'self' } as const
    const high: DhcpBoot = { nextServer: null, serverName: null, file: 'own.efi', files: [] }
    const subnet = {
      ...attachedSubnet,
      boots: [low],
      reservations: [
        reservation({ macs: ['00:00:5e:00:53:01'], address: '192.0.2.50', settings: settings({ boots: [high] }) }),
      ],
    }
    const arm = dhcpClass('arm', {
      architectures: [11],
      settings: settings({ boots: [{ ...high, file: 'class.efi' }] }),
    })
    scenario.desk.replan({ classes: [arm], subnets: [subnet] })
    const own = scenario.send(rom(11))
    expect(fileOf(own)).toBe('own.efi')
    expect(formatIpv4(own.decision.reply?.message.siaddr ?? 0)).toBe(SERVER)
    expect(fileOf(scenario.send({ ...rom(11), mac: '00:00:5e:00:53:09' }))).toBe('class.efi')
    expect(fileOf(scenario.send({ ...rom(7), mac: '00:00:5e:00:53:08' }))).toBe('ipxe.efi')
  })

  test('nothing, in fields of zeros, where nothing is configured or it is refused', () => {
    expect(new DeskScenario().send(rom(7)).decision.reply?.message).toMatchObject({ siaddr: 0 })
    const nak = new DeskScenario({ boots: [BOOT] }).send({
      ...rom(7),
      type: 'REQUEST',
      server: SERVER,
      requested: '10.0.0.1',
    })
    expect(nak.decision.reply?.message).toMatchObject({ siaddr: 0 })
    expect(fileOf(nak)).toBe('')
  })

  test('beside the fields options still fit, but not in place of the file', () => {
    const { reply } = new DeskScenario({ boots: [BOOT] }).send(rom(7)).decision
    if (reply === null) throw new Error('no reply')
    const { bytes } = encodeMessage(reply.message, reply.maxBytes)
    expect(Buffer.from(bytes.subarray(108, 117)).toString('latin1')).toBe('ipxe.efi\0')
    expect(Buffer.from(bytes.subarray(44, 61)).toString('latin1')).toBe('boot.lab.example\0')
  })
})
