import { getSystemErrorMap } from 'node:util'
import koffi from 'koffi'
import { SystemError } from './system-error.ts'

/**
 * The C library and libuv as they stand in this process: nothing is loaded from disk. All structures below are those
 * of 64-bit little-endian Linux, where x64 and arm64 agree in every layout and constant used here.
 */
const image = openImage()

function openImage(): ReturnType<typeof koffi.load> {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new Error(`lanward runs on Linux x64 and arm64, this is ${process.platform} ${process.arch}`)
  }
  return koffi.load(null)
}

/**
 * Binds one C function by its prototype. Pointers are `bigint` addresses or byte arrays; a byte array is only good
 * for the duration of the call, what the kernel or libuv keeps must come from `Pinned`.
 */
export function declare<F extends (...args: never[]) => unknown>(prototype: string): F {
  return image.func(prototype) as unknown as F
}

/** Turns a C return value below zero into a `SystemError` that names the call. */
export function check(result: number, syscall: string, subject?: string): number {
  if (result < 0) throw systemError(koffi.errno(), syscall, subject)
  return result
}

/** The error number of the last C call; read it before any other call. */
export function lastErrno(): number {
  return koffi.errno()
}

/** The error for a positive error number. */
export function systemError(errno: number, syscall: string, subject?: string): SystemError {
  const [code, message] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error']
  return new SystemError(
    code,
    errno,
    syscall,
    `${syscall}${subject === undefined ? '' : ` ${subject}`}: ${message} (${code})`,
  )
}

export const EAGAIN = 11
export const EINTR = 4
