/** A domain name as labels, each with its length before it, and the root at the end. @rfc 1035 section 3.1 */

const LABEL_MAX = 63
const DOT = 46

/**
 * Reads labels without pointers; one that is not whole may lack its root.
 *
 * @param bytes they stand there alone; borrowed
 * @returns the name as text octets, null when there is none or it is malformed; never throws
 */
export function decodeLabels(bytes: Uint8Array): Uint8Array | null {
  const text: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0
    if (length === 0) break
    if (length > LABEL_MAX || at + 1 + length > bytes.length) return null
    if (text.length > 0) text.push(DOT)
    text.push(...bytes.subarray(at + 1, at + 1 + length))
    at += 1 + length
  }
  return text.length === 0 ? null : Uint8Array.from(text)
}

/** Writes a name, with or without a dot at its end, as labels without pointers. */
export function encodeLabels(name: string): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '')
  return Uint8Array.from([...labels.flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0])
}
