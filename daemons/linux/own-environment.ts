import { declare } from './libc.ts'
import { Pinned } from './pinned.ts'

const getenv = declare<(name: string) => bigint | null>('void *getenv(const char *name)')
const memcpy = declare<(to: bigint, from: bigint, bytes: number) => bigint>(
  'void *memcpy(void *to, void *from, size_t bytes)',
)

/**
 * Writes another value over a variable of the environment that this process was started with, at its place: so the others see it
 * too, since /proc/PID/environ shows that memory and nothing that is set later. It needs the room of the old value.
 * Only before the variable is set by any other way, which gives it a new place.
 *
 * @throws Error when there is no such variable or the new value is longer than the first one was
 */
export function rewriteVariable(name: string, value: string): void {
  const place = getenv(name)
  const room = Buffer.byteLength(process.env[name] ?? '')
  const length = Buffer.byteLength(value)
  if (place === null || place === 0n || length > room) throw new Error(`there is no room for ${name}=${value}`)
  const bytes = new Pinned(room)
  bytes.bytes.write(value)
  memcpy(place, bytes.address, room)
  bytes.free()
}
