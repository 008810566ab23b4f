import type { SupervisedService } from './service.ts'

/** What the others hear of a service. */
export interface ServiceListener {
  /** Its state may have changed. */
  changed(service: SupervisedService): void
  /** One of its processes ended; what it left behind outside its session is to be looked for, `gone` is when its cgroup is. */
  ended(service: SupervisedService, gone: Promise<void>): void
  /** Its daemon asks something of us. */
  asked(service: SupervisedService, method: string, params: unknown): Promise<unknown>
}
