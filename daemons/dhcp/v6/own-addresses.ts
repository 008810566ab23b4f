import { networkInterfaces } from 'node:os'
import { parseIpv6 } from './address.ts'
import { isIn, type Range6 } from './subnet-plan.ts'

/** The IPv6 addresses of this machine, as they are now. */
export interface OwnAddresses6 {
  readonly byDevice: ReadonlyMap<string, readonly bigint[]>
  readonly all: ReadonlySet<bigint>
}

/** An address that was added or went away is seen after this long. */
const FRESH_MS = 2000

type ReadInterfaces = typeof networkInterfaces

/** Reads the IPv6 addresses of this machine, at most every two seconds. */
export class OwnAddressReader6 {
  readonly #readInterfaces: ReadInterfaces
  #read: OwnAddresses6 = { byDevice: new Map(), all: new Set() }
  #readAtMs = Number.NEGATIVE_INFINITY

  constructor(readInterfaces: ReadInterfaces = networkInterfaces) {
    this.#readInterfaces = readInterfaces
  }

  at(monotonicMs: number): OwnAddresses6 {
    if (monotonicMs - this.#readAtMs >= FRESH_MS) {
      const byDevice = new Map(
        Object.entries(this.#readInterfaces()).map(([name, entries]) => [
          name,
          (entries ?? []).flatMap(({ family, address }) => (family === 'IPv6' ? (parseIpv6(address) ?? []) : [])),
        ]),
      )
      this.#read = { byDevice, all: new Set([...byDevice.values()].flat()) }
      this.#readAtMs = monotonicMs
    }
    return this.#read
  }
}

/** The attached network that has an address of ours in a subnet; null = none has. */
export function deviceWith({ byDevice }: OwnAddresses6, range: Range6): string | null {
  for (const [device, addresses] of byDevice) if (addresses.some((address) => isIn(range, address))) return device
  return null
}

/**
 * Our address that clients of a subnet reach: one in the subnet, else one of the network that they came by, else any that
 * is routed.
 *
 * @returns null when there is none
 */
export function selfIn({ byDevice, all }: OwnAddresses6, range: Range6, device: string | null): bigint | null {
  const near = byDevice.get(device ?? '') ?? []
  return [...all].find((address) => isIn(range, address)) ?? near.find(isRouted) ?? [...all].find(isRouted) ?? null
}

/** Neither loopback nor link-local. */
function isRouted(address: bigint): boolean {
  return address !== 1n && address >> 118n !== LINK_LOCAL
}

/** fe80::/10 */
const LINK_LOCAL = 0xfe80n >> 6n
