/** What the order of starting and stopping needs to know of a service. */
export interface Ordered {
  readonly name: string
  /** Services that are started before this one; names that do not exist are no hindrance. */
  readonly after: readonly string[]
}

/**
 * Whether a service may start: each one it comes after has had its turn (is ready, or has failed, or rests).
 * The order is a courtesy, not a requirement: a service is never kept down by another that is broken.
 */
export function mayStart(service: Ordered, unsettled: ReadonlySet<string>): boolean {
  return service.after.every((name) => name === service.name || !unsettled.has(name))
}

/** Whether a service may stop: none that comes after it still runs. */
export function mayStop(service: Ordered, all: readonly Ordered[], running: ReadonlySet<string>): boolean {
  return all.every(
    (other) => other.name === service.name || !other.after.includes(service.name) || !running.has(other.name),
  )
}
