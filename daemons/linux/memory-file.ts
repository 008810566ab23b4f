import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import { check, declare } from './libc.ts'

const memfd_create = declare<(name: string, flags: number) => number>('int memfd_create(const char *name, uint flags)')

const MFD_CLOEXEC = 1

/**
 * Puts a text into a file that exists in memory alone (memfd_create(2)): nobody else can open it, and it is gone with
 * its last descriptor.
 *
 * @param name shown in /proc
 * @returns its descriptor, the caller's to close; closes on exec
 */
export function openMemoryFile(name: string, text: string): number {
  const fd = check(memfd_create(name, MFD_CLOEXEC), 'memfd_create')
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
  return fd
}

/** Reads such a file from its beginning and closes it. */
export function takeMemoryFile(fd: number): string {
  const bytes = Buffer.alloc(fstatSync(fd).size)
  let length = 0
  for (let count = 1; count > 0 && length < bytes.length; length += count)
    count = readSync(fd, bytes, length, bytes.length - length, length)
  closeSync(fd)
  return bytes.toString('utf8', 0, length)
}
