import { type Prefix, parseAddress, parsePrefix, prefixContains } from '../../wire/address.ts'
import { TimeInference } from '../parse/time-inference.ts'
import type { SenderSection } from '../section.ts'
import type { Pin } from './sender.ts'
import { offsetAt } from './zone-offsets.ts'

/** What is pinned of which senders; the longest prefix that has an address decides. */
export class Pins {
  readonly #pins: readonly { readonly prefix: Prefix; readonly pin: Pin }[]

  constructor(sections: readonly SenderSection[]) {
    this.#pins = sections
      .flatMap(({ address, dialect, zone }) => {
        const prefix = parsePrefix(address)
        const inference = zone === null ? null : new TimeInference((ms) => offsetAt(zone, ms), true)
        return prefix === null ? [] : [{ prefix, pin: { dialect, timezone: zone?.name ?? null, inference } }]
      })
      .sort((left, right) => right.prefix.bits - left.prefix.bits)
  }

  of(address: string): Pin | null {
    if (this.#pins.length === 0) return null
    const bytes = parseAddress(address)
    if (bytes === null) return null
    const length = bytes.length === 4 ? 4 : 16
    return this.#pins.find(({ prefix }) => prefixContains(prefix, bytes, length))?.pin ?? null
  }
}
