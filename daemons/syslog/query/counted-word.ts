import type { CountedField } from './chunk.ts'
import { hostOf } from './message-test.ts'
import type { StoredMessage } from './stored-message.ts'

/** Under which word a message is counted; `-` for one that names no program. @param here this machine's name */
export function countedWord(
  message: Pick<StoredMessage, 'host' | 'src' | 'app' | 'severity'>,
  field: CountedField,
  here: string,
): string {
  if (field === 'host') return hostOf(message, here)
  return field === 'app' ? (message.app ?? '-') : message.severity
}
