import { closeSync, fdatasync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { DIALECTS } from './dialect.ts'
import type { KeptSender } from './sender.ts'

/** Reads the senders of an earlier life; those of lines that cannot be read are not known. Never throws. */
export function readSenders(path: string): readonly KeptSender[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = line === '' ? null : JSON.parse(line)
      return isKept(value) ? [value] : []
    } catch {
      return []
    }
  })
}

/** Replaces the file by one line per sender. @throws Error of the disk; the old file stands then */
export function writeSenders(path: string, senders: readonly KeptSender[]): void {
  const fresh = `${path}.new`
  const fd = openSync(fresh, 'w', 0o640)
  try {
    const bytes = Buffer.from(senders.map((sender) => `${JSON.stringify(sender)}\n`).join(''))
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  renameSync(fresh, path)
  // To the disk when it has time: a power cut may cost a minute of this knowledge, a wait here datagrams.
  fdatasync(fd, () => closeSync(fd))
}

function isKept(value: unknown): value is KeptSender {
  if (typeof value !== 'object' || value === null) return false
  const row = value as Partial<Record<keyof KeptSender, unknown>>
  const counts = [row.first_ms, row.last_ms, row.messages, row.gaps, row.missing]
  return (
    typeof row.address === 'string' &&
    row.address.length <= 64 &&
    counts.every((count) => typeof count === 'number' && Number.isFinite(count) && count >= 0) &&
    [row.hosts, row.apps].every(isTexts) &&
    [row.skews].every(isNumbers) &&
    Array.isArray(row.silences) &&
    row.silences.every(isNumbers) &&
    typeof row.dialects === 'object' &&
    row.dialects !== null &&
    Object.entries(row.dialects).every(([name, count]) => DIALECTS.some((one) => one === name) && isNumber(count)) &&
    (row.zone === null || ['own', 'pinned', 'fitted', 'guessed'].some((zone) => zone === row.zone)) &&
    (row.last_gap_ms === null || isNumber(row.last_gap_ms))
  )
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 64 && value.every(isNumber)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 64 && value.every((text) => typeof text === 'string')
}
