import { sendNotify } from '../../daemons/linux/notify.ts'

/** Tells the one who started us (systemd) how we are; silent when nobody asked to be told. */
export class OwnNotify {
  readonly #path: string | undefined
  #heartbeat: NodeJS.Timeout | null = null

  constructor(environment: {
    readonly NOTIFY_SOCKET?: string | undefined
    readonly WATCHDOG_USEC?: string | undefined
  }) {
    this.#path = environment.NOTIFY_SOCKET
    const watchdogMs = Number(environment.WATCHDOG_USEC ?? 0) / 1000
    if (this.#path === undefined || !(watchdogMs > 0)) return
    this.#heartbeat = setInterval(() => this.tell('WATCHDOG=1'), watchdogMs / 3)
    this.#heartbeat.unref()
  }

  tell(text: string): void {
    if (this.#path === undefined) return
    try {
      sendNotify(this.#path, text)
    } catch {
      // The one who listened is gone; we go on.
    }
  }

  close(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
  }
}
