import { escapeUnit } from '../store/json-text.ts'
import { hostOf } from './message-test.ts'
import type { StoredMessage } from './stored-message.ts'

/**
 * Writes a message for people: `2026-01-31T12:00:00.123Z host app[pid] warning: text`, one line, UTC. What is unknown
 * is `-`; a message that names no host shows its sender's address.
 *
 * @param here this machine's name
 * @attack nothing from the network can move the cursor, set colours or turn the direction of writing
 */
export function formatLogText(message: StoredMessage, here: string, colour: boolean): string {
  const time = `${message.rt.slice(0, 23)}Z`
  const host = hostOf(message, here)
  const procId = message.procid === null ? '' : `[${message.procid}]`
  const head = `${time} ${host} ${message.app ?? '-'}${procId}`
  return `${visible(head)} ${formatSeverity(message.severity, colour)} ${visible(message.msg)}\n`
}

/** The severity as it stands in front of the text. */
export function formatSeverity(severity: string, colour: boolean): string {
  const [on, off] = colour ? (COLOURS[severity] ?? ['', '']) : ['', '']
  return `${on}${visible(severity)}:${off}`
}

/** Shows control, direction and invisible characters as escapes. */
export function visible(text: string): string {
  return HIDDEN.test(text) ? text.replace(HIDDEN_ALL, (found) => SHORT[found] ?? escapeUnit(found)) : text
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const HIDDEN = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/
const HIDDEN_ALL = new RegExp(HIDDEN, 'g')
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const RED: readonly [string, string] = ['\x1b[31m', '\x1b[0m']
const COLOURS: Readonly<Record<string, readonly [string, string]>> = {
  emerg: ['\x1b[1;31m', '\x1b[0m'],
  alert: ['\x1b[1;31m', '\x1b[0m'],
  crit: ['\x1b[1;31m', '\x1b[0m'],
  err: RED,
  warning: ['\x1b[33m', '\x1b[0m'],
  debug: ['\x1b[2m', '\x1b[0m'],
}
