/** Starts a daemon that waited, with its held sockets in the order of LISTEN_FDNAMES. */
export type Wake = (fds: readonly number[]) => Promise<void>

/**
 * Where a daemon whose program is loaded waits until it is chosen, instead of running at once. Each bundle has its own copy of
 * this module, so that the room is a property of the process.
 */
export interface WaitingRoom {
  enter(wake: Wake): void
}

const DOOR = Symbol.for('lanward.waiting-room')

/**
 * Makes this process one in which daemons wait, from now on.
 *
 * @returns takes out who entered last; null when nobody did
 */
export function openWaitingRoom(): () => Wake | null {
  let last: Wake | null = null
  const room: WaitingRoom = {
    enter: (wake) => {
      last = wake
    },
  }
  Reflect.set(globalThis, DOOR, room)
  return () => {
    const found = last
    last = null
    return found
  }
}

/** The room of this process; null where daemons run at once. */
export function findWaitingRoom(): WaitingRoom | null {
  return (Reflect.get(globalThis, DOOR) as WaitingRoom | undefined) ?? null
}
