import * as fs from 'node:fs'

/** The calls by which sealing changes the folder: each is a place where a disk can fail or a process can die. */
export type ArchiveDisk = Pick<
  typeof fs,
  'closeSync' | 'fsyncSync' | 'futimesSync' | 'openSync' | 'renameSync' | 'rmSync' | 'unlinkSync' | 'writeSync'
>

/** The real one. */
export const archiveDisk: ArchiveDisk = fs
