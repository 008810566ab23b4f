import { networkInterfaces } from 'node:os'
import { parseIpv4 } from '../../wire/address.ts'
import { parseHex } from '../message/hex.ts'

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
/** An offer goes out under one address and is taken up under it, though it has gone meanwhile. */
const REMEMBERED_MS = 60_000

type ReadInterfaces = typeof networkInterfaces

/** Reads the addresses of this machine, at most every two seconds. Those that went away count as ours for a minute more. */
export class OwnAddressReader {
  readonly #fixed: readonly number[]
  readonly #readInterfaces: ReadInterfaces
  readonly #seenMs = new Map<number, number>()
  #read: OwnAddresses = { byInterface: new Map(), all: new Set() }
  #readAtMs = Number.NEGATIVE_INFINITY

  /** @param fixed addresses that are ours whatever the interfaces say: listeners, the configured identifier */
  constructor(fixed: readonly number[], readInterfaces: ReadInterfaces = networkInterfaces) {
    this.#fixed = fixed.filter((address) => address !== 0)
    this.#readInterfaces = readInterfaces
  }

  at(monotonicMs: number): OwnAddresses {
    if (monotonicMs - this.#readAtMs >= FRESH_MS) {
      const byInterface = readByInterface(this.#readInterfaces)
      for (const { addresses } of byInterface.values())
        for (const address of addresses) this.#seenMs.set(address, monotonicMs)
      for (const [address, seenMs] of this.#seenMs)
        if (monotonicMs - seenMs >= REMEMBERED_MS) this.#seenMs.delete(address)
      this.#read = { byInterface, all: new Set([...this.#fixed, ...this.#seenMs.keys()]) }
      this.#readAtMs = monotonicMs
    }
    return this.#read
  }
}

function readByInterface(read: ReadInterfaces): ReadonlyMap<string, OwnInterface> {
  return new Map(
    Object.entries(read()).map(([name, entries]) => {
      const ipv4 = (entries ?? []).filter((entry) => entry.family === 'IPv4')
      const addresses = ipv4.flatMap((entry) => parseIpv4(entry.address) ?? [])
      return [name, { addresses, hardware: parseHex(ipv4[0]?.mac ?? '') ?? new Uint8Array(6) }]
    }),
  )
}
