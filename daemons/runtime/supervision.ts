import { NotifySender } from '../linux/notify.ts'

/** Our side of sd_notify(3): tells whoever started us how we are; silent when nobody asked to be told. */
export class Supervision {
  readonly #sender: NotifySender | null
  readonly #watchdogMs: number
  #heartbeat: NodeJS.Timeout | null = null
  #lastStatus = ''

  constructor(environment: {
    readonly NOTIFY_SOCKET?: string | undefined
    readonly WATCHDOG_USEC?: string | undefined
  }) {
    const path = environment.NOTIFY_SOCKET
    this.#sender = path === undefined ? null : new NotifySender(path)
    this.#watchdogMs = Number(environment.WATCHDOG_USEC ?? 0) / 1000
  }

  /** Says that we serve, and from now on that we are alive, together with what `status` tells then. */
  ready(status: () => string): void {
    this.#lastStatus = status()
    this.#tell(`READY=1\nSTATUS=${oneLine(this.#lastStatus)}`)
    const everyMs = this.#watchdogMs > 0 ? this.#watchdogMs / 3 : STATUS_EVERY_MS
    this.#heartbeat = setInterval(() => this.#beat(status()), everyMs)
    this.#heartbeat.unref()
  }

  reloading(): void {
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  reloaded(status: string): void {
    this.#tell(`READY=1\nSTATUS=${oneLine(status)}`)
  }

  stopping(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    this.#tell('STOPPING=1')
  }

  #beat(status: string): void {
    const changed = status === this.#lastStatus ? '' : `\nSTATUS=${oneLine(status)}`
    this.#lastStatus = status
    this.#tell(`WATCHDOG=1${changed}`)
  }

  #tell(text: string): void {
    try {
      this.#sender?.send(text)
    } catch {
      // The one who listened is gone or busy; we serve on, and it judges us by what it sees.
    }
  }
}

const STATUS_EVERY_MS = 10_000

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ')
}
