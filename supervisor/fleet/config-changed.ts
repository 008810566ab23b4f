/**
 * Whether the configuration on disk is another one than that in force, as the supervisor tells it in its report; one
 * that is too old to tell it says nothing.
 */
export function isConfigChanged(supervisor: object): boolean {
  return 'config_changed' in supervisor && supervisor.config_changed === true
}
