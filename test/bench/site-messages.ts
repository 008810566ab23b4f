import { Dice } from './dice.ts'
import { templates } from './site-templates.ts'

/** One message as a device of a made-up site sends it. */
export interface SiteMessage {
  /** Time of receipt, milliseconds since 1970. */
  readonly atMs: number
  /** Sender, `ip:port`. */
  readonly source: string
  /** As on the wire, without framing. */
  readonly wire: string
}

/** A device: where it sends from, and what it may say. */
interface Device {
  readonly host: string
  readonly source: string
  readonly says: (typeof templates)[keyof typeof templates]
  /** How often it has spoken. */
  count: number
}

/**
 * Messages of a site with some 300 devices of eight kinds, in the order in which they come: BSD, Cisco and RFC 5424
 * formats, some fifty texts with addresses, names, ports and numbers of their own.
 *
 * @param perSecond how many a second, on the average
 */
export function* siteMessages(startMs: number, perSecond: number): Generator<SiteMessage> {
  const dice = new Dice(20261125)
  const devices = makeDevices(dice)
  for (let atMs = startMs; ; ) {
    atMs += (-Math.log(1 - dice.below(1 << 24) / (1 << 24)) * 1000) / perSecond
    const device = dice.skewed(devices)
    const wire = dice.skewed(device.says)({ host: device.host, at: new Date(atMs), dice, count: ++device.count })
    yield { atMs, source: device.source, wire }
  }
}

function makeDevices(dice: Dice): readonly Device[] {
  const kinds = Object.entries(templates)
  const devices: Device[] = []
  for (let number = 0; number < 300; number++) {
    const [kind, says] = kinds[number % kinds.length] as (typeof kinds)[number]
    const source = `10.20.${number >> 6}.${10 + (number & 63)}:${dice.below(2) === 0 ? 514 : 32768 + dice.below(28000)}`
    devices.push({
      host: `${kind}-${String(1 + Math.floor(number / kinds.length)).padStart(2, '0')}`,
      source,
      says,
      count: dice.below(9000),
    })
  }
  return devices
}
