import type { SourceSettings } from './section.ts'

/** The same for all settings that mean one server with one proof, in each life: what was learned of it holds for them all. */
export function identityOf({ address, port, authentication }: SourceSettings): string {
  return JSON.stringify([address, port, authentication])
}
