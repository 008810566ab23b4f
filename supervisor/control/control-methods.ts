import type { Fleet } from '../fleet/fleet.ts'
import type { OrphanWatch } from '../leftovers/orphan-watch.ts'
import type { Ledger } from '../record/ledger.ts'
import type { SupervisedService } from '../service/service.ts'
import { ControlError } from './control-error.ts'
import type { ControlMethod, ControlRequest, ReachedReport, ReloadReport } from './control-protocol.ts'
import type { StatusReporter } from './status-report.ts'
import { whyReport } from './why-report.ts'

/** How long a daemon may take for a question that a person asked. */
const QUERY_MS = 10_000

/** What daemons may ask of us: to look, not to touch. */
const DAEMON_METHODS: ReadonlySet<string> = new Set(['status', 'why', 'query'])

/** Everything that can be asked of the supervisor, by name. */
export class ControlMethods {
  readonly #fleet: Fleet
  readonly #reporter: StatusReporter
  readonly #ledger: Ledger
  readonly #nowMs: () => number
  readonly #reload: () => Promise<ReloadReport>
  readonly #reexec: () => Promise<never>
  readonly #orphans: Pick<OrphanWatch, 'swept'>

  constructor(parts: {
    readonly fleet: Fleet
    readonly reporter: StatusReporter
    readonly ledger: Ledger
    readonly nowMs: () => number
    readonly reload: () => Promise<ReloadReport>
    readonly reexec: () => Promise<never>
    readonly orphans: Pick<OrphanWatch, 'swept'>
  }) {
    this.#fleet = parts.fleet
    this.#reporter = parts.reporter
    this.#ledger = parts.ledger
    this.#nowMs = parts.nowMs
    this.#reload = parts.reload
    this.#reexec = parts.reexec
    this.#orphans = parts.orphans
  }

  /** Answers a client of the control socket; rejects with `ControlError` what cannot be. */
  async answer(method: ControlMethod, params: ControlRequest['params']): Promise<unknown> {
    switch (method) {
      case 'status':
        return this.#reporter.report(params.service === undefined ? undefined : this.#find(params.service))
      case 'why': {
        const service = this.#find(params.service)
        const report = await this.#reporter.service(service)
        return whyReport(service, report, this.#ledger, this.#nowMs(), this.#reporter.timeDrills())
      }
      case 'start':
        return this.#fleet.start(this.#find(params.service))
      case 'stop':
        return this.#stop(this.#find(params.service))
      case 'restart':
        return this.#fleet.restart(this.#find(params.service))
      case 'reload':
        return this.#reload()
      case 'reexec':
        return this.#reexec()
      case 'query':
        return this.#query(params, false)
      case 'change':
        return this.#query(params, true)
    }
  }

  /** Answers one of our daemons. */
  answerDaemon(method: string, params: unknown): Promise<unknown> {
    if (!DAEMON_METHODS.has(method)) return Promise.reject(new Error(`a daemon may not ask for ${method}`))
    const asked = (typeof params === 'object' && params !== null ? params : {}) as ControlRequest['params']
    return this.answer(method as ControlMethod, asked)
  }

  /** What the service left behind is gone as well when this resolves. */
  async #stop(service: SupervisedService): Promise<ReachedReport> {
    const reached = await this.#fleet.stop(service)
    await this.#orphans.swept()
    return reached
  }

  /** @attack a daemon that was taken over may ask others, but have them change nothing: only `change` asks for that */
  async #query({ service: name, question, params }: ControlRequest['params'], changes: boolean): Promise<unknown> {
    const service = this.#find(name)
    if (question === undefined) throw new ControlError(64, 'query needs a question')
    if (question.startsWith('change-') !== changes)
      throw new ControlError(64, `${question} is ${changes ? 'not ' : ''}a question that changes something`)
    if (service.state.kind !== 'ready') throw new ControlError(75, `${service.spec.name} is ${service.state.kind}`)
    try {
      return await service.ask(question, params ?? null, QUERY_MS)
    } catch (error) {
      throw new ControlError(75, `${service.spec.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #find(name: string | undefined): SupervisedService {
    const known = this.#fleet.services.map(({ spec }) => spec.name).join(', ')
    if (name === undefined) throw new ControlError(64, `which service? there are ${known}`)
    const service = this.#fleet.find(name)
    if (service === undefined)
      throw new ControlError(64, `there is no service ${JSON.stringify(name)} running here; there are ${known}`)
    return service
  }
}
