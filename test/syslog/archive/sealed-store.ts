import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { formatSegmentName } from '../../../daemons/syslog/store/segment-name.ts'

/** One stored line; what is not given is that of a harmless message. */
export function storedLine(seq: number, changes: Record<string, unknown> = {}): string {
  const rt = `${new Date(START_MS + seq * 1000).toISOString().slice(0, 19)}.000000Z`
  const given = { rt, seq, src: '192.0.2.7:40000', via: 'udp://0.0.0.0:514', facility: 'user', severity: 'notice' }
  const rest = { host: 'alpha', app: 'app', procid: null, msgid: null, ts: null, sd: null, msg: `message ${seq}` }
  return JSON.stringify({ ...given, ...rest, format: 'raw', flags: [], ...changes })
}

/** Writes a segment. @returns its name */
export function writeSegment(folder: string, firstSeq: number, lines: readonly string[]): string {
  mkdirSync(folder, { recursive: true })
  const name = formatSegmentName(firstSeq, START_MS + firstSeq * 1000)
  writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''))
  return name
}

/** Seals all segments of a folder but the newest. */
export async function sealAll(folder: string): Promise<void> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'))
  for (const name of names.sort().slice(0, -1)) await sealSegment(folder, name, archiveDisk)
}

/** What a folder holds. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder).sort()
}

export function linesIn(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1)
}

export const START_MS = Date.UTC(2026, 0, 31, 11)
