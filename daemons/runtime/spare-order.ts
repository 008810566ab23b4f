/** What a spare must become; its held sockets come along as descriptors, in the order of LISTEN_FDNAMES. */
export interface SpareOrder {
  /** File of the daemon's program. */
  readonly program: string
  /** Set over what the spare was started with. */
  readonly environment: Readonly<Record<string, string>>
  /** Working folder. */
  readonly cwd: string
}

/** The end of a pair of message sockets on which a spare tells that it is loaded, and then waits for its order. */
export const ORDER_FD = 3

/** Longest order: an environment of the usual size is some 2 KiB. */
export const MAX_ORDER_BYTES = 64 * 1024

/** What a spare says when it is loaded. */
export const SPARE_READY = Buffer.from('READY=1')
