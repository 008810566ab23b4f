import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { yieldToOthers } from '../../linux/low-priority.ts'
import { setParentDeathSignal } from '../../linux/process-control.ts'
import { archiveDisk } from './archive-disk.ts'
import { pruneManifest } from './prune-manifest.ts'
import { formatSealReport, type SealReport } from './seal-report.ts'
import { sealSegment, Unsealable } from './seal-segment.ts'
import { EngineMissing } from './write-parquet.ts'

/**
 * The sealing process: seals segments one after the other with what the machine has left over, and ends. It is a
 * process of its own since the engine is native code that takes memory and threads, and may crash.
 *
 * Arguments: the folder, then names of segments.
 */
async function main(): Promise<void> {
  if (process.send !== undefined || process.ppid > 1) setParentDeathSignal(SIGKILL)
  yieldToOthers()
  const [folder = '', ...names] = process.argv.slice(2)
  // Only one of us runs at a time: what is unfinished here is nobody's.
  removeUnfinished(folder)
  pruneManifest(folder)
  for (const segment of names) {
    const report = await seal(folder, segment)
    process.stdout.write(formatSealReport(report))
    if (report.kind === 'engine-missing' || report.kind === 'failed') break
  }
  // A full disk needs the room.
  removeUnfinished(folder)
}

function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.endsWith('.tmp')) rmSync(join(folder, name), { recursive: true, force: true })
}

async function seal(folder: string, segment: string): Promise<SealReport> {
  try {
    const { rows, bytes, ndjson_bytes } = await sealSegment(folder, segment, archiveDisk)
    return { kind: 'sealed', segment, rows, bytes, before: ndjson_bytes }
  } catch (error) {
    // Retention was faster.
    if (!existsSync(join(folder, segment))) return { kind: 'gone', segment }
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof EngineMissing) return { kind: 'engine-missing', reason }
    if (error instanceof Unsealable) return { kind: 'unsealable', segment, reason }
    const code = error instanceof Error && 'code' in error ? String(error.code) : codeIn(reason)
    return { kind: 'failed', segment, code, reason }
  }
}

/** The engine names the disk's errors in words. */
function codeIn(reason: string): string {
  return /No space left|out of disk/i.test(reason) ? 'ENOSPC' : 'EIO'
}

const SIGKILL = 9

void main()
