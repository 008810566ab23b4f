import type { BindingBook, DeviceOf } from './binding-book.ts'
import { linkAddressOf, type Relay } from './message.ts'
import type { SubnetBindings } from './subnet-bindings.ts'

/** The served subnets of the client's link: that of the link address nearest to the client, else the one it came in by. */
export function findLink(
  book: BindingBook,
  relays: readonly Relay[],
  device: string | null,
  deviceOf: DeviceOf,
): readonly SubnetBindings[] {
  const linkAddress = linkAddressOf(relays)
  if (linkAddress !== 0n) return book.onLinkOf(linkAddress, deviceOf)
  return device === null ? [] : book.onDevice(device, deviceOf)
}
