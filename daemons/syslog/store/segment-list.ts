import { statSync } from 'node:fs'
import { join } from 'node:path'
import { MANIFEST } from '../archive/manifest.ts'
import type { KeptSegment } from './retention.ts'
import { filesIn, SEGMENT_ENDINGS, stemOf } from './segment-folder.ts'
import { sortAllSegments } from './segment-name.ts'

/**
 * The segments in a folder with the sizes of all their files, oldest first, kept in memory: a store of 10 GiB has 7,000
 * files, and to ask for each takes 200 ms in which nobody reads the sockets. A file is asked for once, and again only while it may be written to;
 * the folder is read again when something was made, moved or removed in it.
 */
export class SegmentList {
  readonly #folder: string
  readonly #files = new Map<string, { readonly bytes: number; readonly lastMs: number }>()
  #kept: readonly KeptSegment[] = []
  /** Of the folder, when it was read; null when it may have changed at the same instant. */
  #changedMs: number | null = null
  #manifestBytes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Of the newest look, beside the segments. */
  get manifestBytes(): number {
    return this.#manifestBytes
  }

  /** Looks for what has changed; none when somebody removed the folder. @param nowMs wall clock */
  look(nowMs: number): readonly KeptSegment[] {
    const changedMs = statSync(this.#folder, { throwIfNoEntry: false })?.mtimeMs ?? null
    const newest = this.#kept.at(-1)
    if (changedMs === null || changedMs !== this.#changedMs) {
      // Times of files go by the kernel's tick: what came in the same one looks like nothing.
      this.#changedMs = changedMs !== null && nowMs - changedMs >= TICK_MS ? changedMs : null
      this.#read(newest?.name)
    } else if (newest !== undefined && this.#ask(newest.name)) {
      this.#kept = [...this.#kept.slice(0, -1), this.#join(newest)]
    }
    return this.#kept
  }

  /** @param written the segment that was the newest before */
  #read(written: string | undefined): void {
    const names = filesIn(this.#folder)
    let changed = false
    for (const name of names)
      if ((!this.#files.has(name) || name === written) && ENDING.test(name)) changed = this.#ask(name) || changed
    if (this.#files.size > 0) {
      const there = new Set(names)
      for (const name of this.#files.keys()) if (!there.has(name)) changed = this.#files.delete(name) || changed
    }
    this.#manifestBytes = statSync(join(this.#folder, MANIFEST), { throwIfNoEntry: false })?.size ?? 0
    if (changed)
      this.#kept = sortAllSegments([...this.#files.keys()]).map(({ name, firstSeq }) => this.#join({ name, firstSeq }))
  }

  /** @returns whether it is another than before */
  #ask(name: string): boolean {
    const before = this.#files.get(name)
    const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false })
    if (stat === undefined) return this.#files.delete(name)
    this.#files.set(name, { bytes: stat.size, lastMs: stat.mtimeMs })
    return before?.bytes !== stat.size || before.lastMs !== stat.mtimeMs
  }

  #join({ name, firstSeq }: Pick<KeptSegment, 'name' | 'firstSeq'>): KeptSegment {
    const stem = stemOf(name)
    const bytes = SEGMENT_ENDINGS.reduce((sum, ending) => sum + (this.#files.get(stem + ending)?.bytes ?? 0), 0)
    return { name, firstSeq, bytes, lastMs: this.#files.get(name)?.lastMs ?? 0 }
  }
}

const TICK_MS = 50
const ENDING = /^\d{16}-.*\.(ndjson|parquet|sieve|ndjson\.torn)$/
