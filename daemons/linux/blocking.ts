import { check, declare } from './libc.ts'

const fcntl = declare<(fd: number, command: number, value: number) => number>(
  'int fcntl(int fd, int command, int value)',
)

const F_GETFL = 3
const F_SETFL = 4
const O_NONBLOCK = 0o4000

/** Has calls on a descriptor wait until there is something, in every process that shares it. */
export function makeBlocking(fd: number): void {
  const flags = check(fcntl(fd, F_GETFL, 0), 'fcntl')
  if ((flags & O_NONBLOCK) !== 0) check(fcntl(fd, F_SETFL, flags & ~O_NONBLOCK), 'fcntl')
}
