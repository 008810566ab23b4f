import { networkInterfaces } from 'node:os'
import { parseIpv4 } from '../wire/address.ts'
import { parseHex } from './hex.ts'

/** One interface with its IPv4 addresses, as it is now. */
export interface OwnInterface {
  readonly addresses: readonly number[]
  readonly hardware: Uint8Array
}

/** What this machine is called on its networks. */
export interface OwnAddresses {
  readonly byInterface: ReadonlyMap<string, OwnInterface>
  readonly all: ReadonlySet<number>
}

/** An address that was added or went away is seen after this long. */
const FRESH_MS = 2000

/** Reads the addresses of this machine, at most every two seconds. */
export class OwnAddressReader {
  readonly #fixed: readonly number[]
  #read: OwnAddresses = { byInterface: new Map(), all: new Set() }
  #readAtMs = Number.NEGATIVE_INFINITY

  /** @param fixed addresses that are ours whatever the interfaces say: listeners, the configured identifier */
  constructor(fixed: readonly number[]) {
    this.#fixed = fixed
  }

  at(monotonicMs: number): OwnAddresses {
    if (monotonicMs - this.#readAtMs >= FRESH_MS) {
      this.#read = readOwnAddresses(this.#fixed)
      this.#readAtMs = monotonicMs
    }
    return this.#read
  }
}

function readOwnAddresses(fixed: readonly number[]): OwnAddresses {
  const byInterface = new Map<string, OwnInterface>()
  const all = new Set(fixed.filter((address) => address !== 0))
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    const ipv4 = (entries ?? []).filter((entry) => entry.family === 'IPv4')
    const addresses = ipv4.flatMap((entry) => parseIpv4(entry.address) ?? [])
    for (const address of addresses) all.add(address)
    byInterface.set(name, { addresses, hardware: parseHex(ipv4[0]?.mac ?? '') ?? new Uint8Array(6) })
  }
  return { byInterface, all }
}
