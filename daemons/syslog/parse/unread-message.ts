import type { Flag, SyslogMessage } from './message.ts'
import { DEFAULT_PRI } from './pri.ts'

/** The message of a text that our own code failed on: all of it is content, nothing of it is believed. */
export function unreadMessage(text: string, flag: Flag | null): SyslogMessage {
  return {
    ...{ facility: DEFAULT_PRI >> 3, severity: DEFAULT_PRI & 7, version: null, time: null, timeText: null },
    ...{ host: null, app: null, procId: null, msgId: null, structuredData: null },
    ...{ msg: text, format: 'raw', flags: flag === null ? ['unread'] : [flag, 'unread'], exact: true },
  }
}
