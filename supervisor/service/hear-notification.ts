/** What a notification can be about. */
export interface NotificationEvents {
  onReady(): void
  onHeartbeat(): void
  onStatus(text: string): void
  onExtend(forMs: number): void
  onLeaving(): void
  onLine(line: string): void
}

/**
 * Turns the fields of one sd_notify(3) message into what they are about. RELOADING, FDSTORE, BARRIER and fields that
 * nobody knows are taken without a word: nothing here depends on them.
 *
 * @param fields a stranger's text: nothing in it is trusted
 * @param leader the process that we started; it alone is watched, whatever the message says about others
 */
export function hearNotification(
  fields: ReadonlyMap<string, string>,
  leader: number | null,
  events: NotificationEvents,
): void {
  const status = fields.get('STATUS')
  if (status !== undefined) events.onStatus(status)
  const extension = fields.get('EXTEND_TIMEOUT_USEC')
  if (extension !== undefined && /^[0-9]{1,15}$/.test(extension)) events.onExtend(Number(extension) / 1000)
  const main = fields.get('MAINPID')
  if (main !== undefined && Number(main) !== leader) events.onLine(strayText(main))
  if (fields.get('STOPPING') === '1') events.onLeaving()
  if (fields.get('READY') === '1') events.onReady()
  if (fields.get('WATCHDOG') === '1') events.onHeartbeat()
}

/** A program that forks and lets its first process end would be seen to end; its log says what helps. */
function strayText(main: string): string {
  return `lanward: the program names ${JSON.stringify(main.slice(0, 20))} as its main process (MAINPID), but the one that was started is watched; run it in the foreground`
}
