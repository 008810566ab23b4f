import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Box } from './box.ts'
import { waitFor } from './wait-for.ts'

/** A line of the store as INTERFACE section 6 has it. */
export interface StoredMessage {
  readonly rt: string
  readonly seq: number
  readonly src: string
  readonly via: string
  readonly facility: string
  readonly severity: string
  readonly host: string | null
  readonly app: string | null
  readonly procid: string | null
  readonly msgid: string | null
  readonly ts: string | null
  readonly sd: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null
  readonly msg: string
  readonly format: string
  readonly flags: readonly string[]
}

/** What a box has stored of others, oldest first. @param state its `state_dir` */
export function storedMessages(box: Pick<Box, 'folder'>, state = join(box.folder, 'state')): StoredMessage[] {
  return messagesIn(join(state, 'syslog/segments')).filter(({ via }) => !via.startsWith('service://'))
}

/** All that lies in the folder of the store, oldest first. */
export function messagesIn(segments: string): StoredMessage[] {
  return readdirSync(segments)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .flatMap((name) => wholeLines(readFileSync(join(segments, name), 'utf8')))
    .map((line): StoredMessage => JSON.parse(line))
}

/** The messages of one program that are numbers, in the order of the store. */
export function storedNumbers(box: Pick<Box, 'folder'>, app: string): number[] {
  return messagesIn(join(box.folder, 'state/syslog/segments'))
    .filter((message) => message.app === app)
    .map(({ msg }) => Number(/[0-9]+/.exec(msg)?.[0]))
}

/** How many stored lines hold this text, as they are on the disk: far quicker than to read each. */
export function countStored(box: Pick<Box, 'folder'>, text: string): number {
  const folder = join(box.folder, 'state/syslog/segments')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .reduce((sum, name) => sum + readFileSync(join(folder, name), 'latin1').split(text).length - 1, 0)
}

/** Who reads while it is written may see half of the last line. */
function wholeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
}

/** Waits until the box has stored so many messages whose text holds the word. */
export function stored(box: Pick<Box, 'folder'>, word: string, count = 1): Promise<StoredMessage[]> {
  return waitFor(`${count} stored messages with ${word}`, () => {
    const found = storedMessages(box).filter(({ msg }) => msg.includes(word))
    return found.length >= count ? found : undefined
  })
}
