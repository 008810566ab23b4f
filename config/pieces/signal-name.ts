import type { StopSignal } from '../config.ts'
import { suggestWord } from '../suggest-word.ts'
import { Complaint, written } from './piece.ts'

const SIGNALS: readonly StopSignal[] = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGWINCH',
  'SIGABRT',
  'SIGKILL',
]

/** The name of a signal that can ask a program to end. */
export function signalName(about: string) {
  return written(about, 'the name of a signal such as "SIGTERM"', { enum: SIGNALS }, (text): StopSignal | Complaint => {
    const known = SIGNALS.find((name) => name === text)
    if (known !== undefined) return known
    const full = text.toLowerCase().replace(/^(?!sig)/, 'sig')
    const near = suggestWord(
      full,
      SIGNALS.map((name) => name.toLowerCase()),
    )
    const hint = near === null ? `known: ${SIGNALS.join(', ')}` : `did you mean "${near.toUpperCase()}"?`
    return new Complaint(`is not a signal that ends a program; ${hint}`)
  })
}
