/**
 * The word of a list that a mistyped one most likely meant, or null when none is near: at most a third of its letters
 * differ.
 */
export function suggestWord(typed: string, known: readonly string[]): string | null {
  if (typed.length > 64) return null
  let best: string | null = null
  let bestDistance = Number.POSITIVE_INFINITY
  for (const word of known) {
    const distance = editDistance(typed.toLowerCase().replaceAll('-', '_'), word.replaceAll('-', '_'))
    if (distance < bestDistance) {
      best = word
      bestDistance = distance
    }
  }
  if (best === null) return null
  return bestDistance <= Math.max(1, Math.floor(Math.max(typed.length, best.length) / 3)) ? best : null
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[right.length] ?? 0
}
