/** Up to here a loop is faster than `set`, which needs a view of the source: garbage that would be most of a request's. */
const FEW = 160

/** Copies octets from one array into another. */
export function copyOctets(from: Uint8Array, at: number, length: number, into: Uint8Array, intoAt: number): void {
  if (length > FEW) into.set(from.subarray(at, at + length), intoAt)
  else for (let index = 0; index < length; index++) into[intoAt + index] = from[at + index] ?? 0
}
