import type { Extent } from './segment-lines.ts'
import { SqlFailure } from './sql-failure.ts'

/**
 * Asks about the segments that are there, and again as long as each time one was sealed or deleted between the look at the folder and
 * the answer. When they are the ones that it was asked about, what failed is another thing.
 *
 * @param limit aborted when it is not to be tried again
 * @throws what the last attempt threw
 */
export async function askAgain(
  look: () => readonly Extent[],
  ask: (extents: readonly Extent[]) => Promise<void>,
  limit: AbortSignal,
): Promise<void> {
  for (let extents = look(); ; ) {
    try {
      return await ask(extents)
    } catch (error) {
      if (!(error instanceof SqlFailure && error.why === 'gone') || limit.aborted) throw error
      const asked = extents
      extents = look()
      if (pathsOf(extents) === pathsOf(asked)) throw error
    }
  }
}

function pathsOf(extents: readonly Extent[]): string {
  return extents.map(({ path }) => path).join('\n')
}
