import type { SupervisedService } from '../service/service.ts'

const PATIENCE_MS = 2_000

/** Has a daemon of ours look at the files again that its settings name, such as keys and certificates: they may be others. */
export async function rereadFiles(service: SupervisedService): Promise<void> {
  if (service.state.kind !== 'ready') return
  await service.ask('reread', null, PATIENCE_MS).catch(() => undefined)
}
