import type { Flag, SyslogMessage } from './message.ts'

/**
 * A further piece of a line that was longer than `max_message`: who sent it, how bad it is and when it was are told by the
 * first piece alone; all of its own text is content.
 */
export function continueMessage(first: SyslogMessage, text: string): SyslogMessage {
  const flags = first.flags.filter((flag) => ABOUT_THE_HEADER.has(flag))
  return { ...first, structuredData: null, msg: text, flags, exact: true }
}

const ABOUT_THE_HEADER: ReadonlySet<Flag> = new Set<Flag>([
  ...(['no-pri', 'bad-pri', 'bad-timestamp', 'timestamp-form', 'year-guessed', 'zone-guessed', 'zone-fitted'] as const),
  ...(['clock-unset', 'clock-unsynced', 'uptime', 'tag-guessed'] as const),
])
