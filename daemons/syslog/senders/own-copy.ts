/** A copy of a part of a message: a slice is a view of the whole, and would keep it in memory. */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString()
}
