import { readStatusDocument, type StatusDocument } from './status-document.ts'

/** A report or the reason why there is none. */
export type StatusAnswer = { readonly document: StatusDocument } | { readonly reason: string }

/** How long one report serves all who ask. */
const FRESH_MS = 200
/** A supervisor that says nothing for this long is treated as gone. */
const PATIENCE_MS = 2000

/**
 * Asks the supervisor for its report, at most once per 200 ms however many ask us; never rejects.
 *
 * @param ask sends the question `status`; may reject
 * @param now monotonic milliseconds
 * @param wait resolves after the milliseconds given
 */
export function createStatusSource(
  ask: () => Promise<unknown>,
  now: () => number,
  wait: (ms: number) => Promise<void>,
): () => Promise<StatusAnswer> {
  let current: Promise<StatusAnswer> | null = null
  let askedMs = 0
  const askOnce = async (): Promise<StatusAnswer> => {
    try {
      const answer = ask()
      const late = wait(PATIENCE_MS).then(() => {
        throw new Error('the supervisor does not answer')
      })
      return { document: readStatusDocument(await Promise.race([answer, late])) }
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error) }
    }
  }
  return () => {
    if (current === null || now() - askedMs >= FRESH_MS) {
      askedMs = now()
      current = askOnce()
    }
    return current
  }
}
