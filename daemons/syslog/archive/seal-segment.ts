import { fstatSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { stemOf } from '../store/segment-folder.ts'
import type { ArchiveDisk } from './archive-disk.ts'
import { checkSealed, type SealedCheck } from './check-sealed.ts'
import { formatRecord, MANIFEST, Manifest, type SealedRecord } from './manifest.ts'
import { SealedBlock } from './sealed-block.ts'
import { SealedSegment } from './sealed-segment.ts'
import { joinSieves } from './segment-sieve.ts'
import { writeParquet } from './write-parquet.ts'

/** A segment that stays as it is, with the reason in words: it holds what no message of ours is. */
export class Unsealable extends Error {}

/**
 * Replaces a segment by a Parquet file of the same name and its line in the manifest. The segment is only deleted when
 * the file that stands for it is on the disk and was read back message by message, so that a death at any step leaves
 * the one or the other, or both; what a death left is taken up or done again.
 *
 * @param name of the segment, which nobody writes to any more
 * @throws Unsealable, EngineMissing, or Error of the disk
 */
export async function sealSegment(folder: string, name: string, disk: ArchiveDisk): Promise<SealedRecord> {
  const stem = stemOf(name)
  const segment = join(folder, name)
  const target = join(folder, `${stem}.parquet`)
  const there = statSync(target, { throwIfNoEntry: false })
  const done = there === undefined ? null : Manifest.read(folder).find(stem)
  if (done !== null && there?.size === done.bytes) {
    deleteSegment(folder, segment, disk)
    return done
  }
  const fresh = `${target}.tmp`
  const { record, sieve } = await writeChecked(folder, segment, fresh, stem, disk)
  const sievePath = join(folder, `${stem}.sieve`)
  writeWhole(`${sievePath}.tmp`, sieve, disk)
  disk.renameSync(`${sievePath}.tmp`, sievePath)
  bringToDisk(fresh, segment, disk)
  disk.renameSync(fresh, target)
  syncFolder(folder, disk)
  lookAgain(target, record)
  const full = { ...record, sieve_bytes: sieve.length }
  appendRecord(join(folder, MANIFEST), full, disk)
  deleteSegment(folder, segment, disk)
  return full
}

/** Lines that would not come back as they were are kept whole in a column of their own. */
async function writeChecked(
  folder: string,
  segment: string,
  fresh: string,
  name: string,
  disk: ArchiveDisk,
): Promise<SealedCheck> {
  const scratch = join(folder, 'scratch.tmp')
  const oddPath = join(folder, `${name}.odd.tmp`)
  try {
    await writeParquet({ source: segment, target: fresh, scratch, odd: null }).catch(refuse)
    const check = readBack(name, segment, fresh)
    if (check.odd.length === 0) return check
    writeWhole(oddPath, Buffer.from(check.odd.map((each) => `${JSON.stringify(each)}\n`).join('')), disk)
    await writeParquet({ source: segment, target: fresh, scratch, odd: oddPath }).catch(refuse)
    const again = readBack(name, segment, fresh)
    const [still] = again.odd
    if (still !== undefined) throw new Unsealable(`message ${still.seq} does not come back as it was`)
    // What was edited by others may hold texts that no sieve knows: none lets everything through.
    return { ...again, sieve: joinSieves([]) }
  } finally {
    for (const path of [scratch, oddPath]) disk.rmSync(path, { recursive: true, force: true })
  }
}

function readBack(name: string, segment: string, fresh: string): SealedCheck {
  try {
    return checkSealed(name, segment, fresh)
  } catch (error) {
    throw error instanceof Error && 'code' in error ? error : new Unsealable(words(error))
  }
}

/** The engine tells a full disk, a line that is no message, and one too long for its memory by words alone. */
function refuse(error: unknown): never {
  const text = words(error)
  if (/Malformed JSON|Conversion Error|Could not convert|Invalid Input|Out of Memory/.test(text))
    throw new Unsealable(text)
  throw error
}

function words(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

/** The file gets the age of the segment: retention goes by it. */
function bringToDisk(fresh: string, segment: string, disk: ArchiveDisk): void {
  const { mtime } = statSync(segment)
  const fd = disk.openSync(fresh, 'r+')
  try {
    disk.futimesSync(fd, mtime, mtime)
    disk.fsyncSync(fd)
  } finally {
    disk.closeSync(fd)
  }
}

function lookAgain(target: string, record: Pick<SealedRecord, 'rows' | 'seq'>): void {
  const { rows, groups } = new SealedSegment(target)
  const [first, last] = new SealedBlock(groups, 0).range('seq')
  if (rows !== record.rows || first !== record.seq[0] || last !== record.seq[1])
    throw new Error(`${target} is not what was written`)
}

function writeWhole(path: string, bytes: Uint8Array, disk: ArchiveDisk): void {
  const fd = disk.openSync(path, 'w', 0o640)
  try {
    writeAll(fd, bytes, disk)
    disk.fsyncSync(fd)
  } finally {
    disk.closeSync(fd)
  }
}

/** A line that a death tore off before is left behind as a line of its own. */
function appendRecord(path: string, record: SealedRecord, disk: ArchiveDisk): void {
  const fd = disk.openSync(path, 'a+', 0o640)
  try {
    const { size } = fstatSync(fd)
    const last = Buffer.alloc(1)
    const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== LF
    writeAll(fd, Buffer.from(`${torn ? '\n' : ''}${formatRecord(record)}`), disk)
    disk.fsyncSync(fd)
  } finally {
    disk.closeSync(fd)
  }
}

function writeAll(fd: number, bytes: Uint8Array, disk: ArchiveDisk): void {
  for (let written = 0; written < bytes.length; ) written += disk.writeSync(fd, bytes, written, bytes.length - written)
}

function deleteSegment(folder: string, segment: string, disk: ArchiveDisk): void {
  disk.unlinkSync(segment)
  syncFolder(folder, disk)
}

function syncFolder(folder: string, disk: ArchiveDisk): void {
  const fd = disk.openSync(folder, 'r')
  try {
    disk.fsyncSync(fd)
  } finally {
    disk.closeSync(fd)
  }
}

const LF = 10
