import * as fs from 'node:fs'

/** The calls of the file system by which the store writes: each is a place where a disk can fail or a process can die. */
export type Disk = Pick<
  typeof fs,
  | 'closeSync'
  | 'fdatasync'
  | 'fdatasyncSync'
  | 'fstatSync'
  | 'ftruncateSync'
  | 'mkdirSync'
  | 'openSync'
  | 'unlinkSync'
  | 'writeSync'
>

/** The real one. */
export const disk: Disk = fs

/** An error of the disk in words, with its code for those who look it up. */
export function wordsOfDiskError(code: string): string {
  const words = WORDS.get(code)
  return words === undefined ? code : `${words}, ${code}`
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is used up'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['EIO', 'the disk fails'],
  ['ENOENT', 'the folder is gone'],
  ['ENOTDIR', 'a file stands where the folder was'],
  ['EMFILE', 'too many open files'],
  ['ENFILE', 'too many open files'],
])
