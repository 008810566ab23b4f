import type { SyslogMessage } from './message.ts'

/** Names this machine in a message of a local program: the local form of the BSD protocol has no field for it. A `-` that somebody wrote stays. */
export function nameHost(message: SyslogMessage, host: string): SyslogMessage {
  return message.host !== null || message.format === 'rfc5424' ? message : { ...message, host }
}
