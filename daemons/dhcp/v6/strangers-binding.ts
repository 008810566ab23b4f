import type { Binding } from './binding.ts'

/** How long an address that a stranger uses is given to nobody. */
const IN_USE_MS = 3600 * 1000
/** A reserved one is tried again sooner: somebody wants its client to have it. */
const RESERVED_IN_USE_MS = 600 * 1000

/** Sets an address aside that a stranger uses. @param mac of the stranger, empty when only the address is known */
export function strangersBinding(address: bigint, mac: string, isReserved: boolean, nowMs: number): Binding {
  return {
    ...{ address, duid: '', iaid: 0, mac, hostname: null, state: 'declined', startsMs: nowMs },
    endsMs: nowMs + (isReserved ? RESERVED_IN_USE_MS : IN_USE_MS),
    ...{ preferredSeconds: 0, relay: 0n, reserved: false },
  }
}

/** Whether an address is set aside since we ourselves found it in use, not since its client told so. */
export function isStrangers({ state, duid }: Pick<Binding, 'state' | 'duid'>): boolean {
  return state === 'declined' && duid === ''
}
