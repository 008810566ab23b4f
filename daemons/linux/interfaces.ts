import { declare } from './libc.ts'

const if_nametoindex = declare<(name: string) => number>('uint if_nametoindex(const char *name)')

/** The index of a network interface, 0 when there is none of that name. */
export function interfaceIndex(name: string): number {
  return if_nametoindex(name)
}
