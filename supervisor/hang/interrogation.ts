import { parseDebuggerLine, readStack } from './read-stack.ts'

/** In all; the state table goes on without an answer a little later. */
const ANSWER_MS = 1_500

/** What a Node process prints of its debugger. */
const DEBUGGER_LINE = /^(?:Debugger (?:listening on|attached|ending on)|For help, see: https:\/\/nodejs\.org\/)/

/**
 * Asks one hung daemon of ours for its JavaScript stack. SIGUSR1 has Node open its debugger in a thread of its own, which
 * works whatever the main thread does; the address comes on its standard error, which only we read.
 *
 * @attack the debugger's address holds a secret, so no other user can use the open port meanwhile
 */
export class Interrogation {
  readonly #answer = Promise.withResolvers<readonly string[]>()
  readonly #timer: NodeJS.Timeout
  readonly #endMs: number

  /** @param signal sends SIGUSR1 to it */
  constructor(signal: () => void) {
    this.#endMs = performance.now() + ANSWER_MS
    this.#timer = setTimeout(() => this.#answer.resolve([]), ANSWER_MS)
    signal()
  }

  /** The stack, innermost call first; empty when it cannot be had. */
  get stack(): Promise<readonly string[]> {
    return this.#answer.promise
  }

  /** Takes a line that the daemon printed. @returns whether it is one of its debugger, which nobody else needs to see */
  hear(line: string): boolean {
    const address = parseDebuggerLine(line)
    if (address !== null) void this.#read(address)
    return DEBUGGER_LINE.test(line)
  }

  async #read(address: Parameters<typeof readStack>[0]): Promise<void> {
    const stack = await readStack(address, this.#endMs - performance.now())
    clearTimeout(this.#timer)
    this.#answer.resolve(stack)
  }
}
