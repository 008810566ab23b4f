import { isMappedIpv4, type Prefix, parseAddress, prefixContains } from '../../wire/address.ts'
import { ClientTable } from '../client-table.ts'

/**
 * A handshake costs a millisecond of the process that tells the time, so that they are rationed: of one address 16 at once
 * and then two a second, of all together 200 and then 100.
 */
const BURST = 16
const INTERVAL_MS = 500
const BURST_OF_ALL = 200
const INTERVAL_OF_ALL_MS = 10

const ADDRESSES = 4096

/** Whether a connection is let in, by who connects and how often. */
export class KeAdmission {
  readonly #clients: ClientTable
  readonly #all = new ClientTable(8, 0)

  /** @param secret 32 random bits */
  constructor(secret: number) {
    this.#clients = new ClientTable(ADDRESSES, secret)
  }

  /**
   * Judges a connection and takes it into account.
   *
   * @param address of the client as text; now: monotonic milliseconds
   */
  admit(allow: readonly Prefix[], address: string, now: number): 'admitted' | 'denied' | 'turned_away' {
    const parsed = parseAddress(address.split('%')[0] ?? '')
    if (parsed === null) return 'denied'
    const bytes = parsed.length === 16 && isMappedIpv4(parsed, 0) ? parsed.subarray(12) : parsed
    const length = bytes.length === 4 ? 4 : 16
    if (!allow.some((prefix) => prefixContains(prefix, bytes, length, 0))) return 'denied'
    const client =
      length === 4 ? this.#clients.client(bytes, 0, 4, BURST, now) : this.#clients.network(bytes, 0, BURST, now)
    if (!this.#clients.charge(client, INTERVAL_MS, BURST, now)) return 'turned_away'
    const everybody = this.#all.client(ANYBODY, 0, 4, BURST_OF_ALL, now)
    return this.#all.charge(everybody, INTERVAL_OF_ALL_MS, BURST_OF_ALL, now) ? 'admitted' : 'turned_away'
  }
}

const ANYBODY = new Uint8Array(4)
