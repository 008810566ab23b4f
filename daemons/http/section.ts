/** The checked `[http]` section as the daemon gets it. */
export interface HttpSection {
  readonly listen: readonly string[]
  /** Absolute path of the folder of files to serve, or null. */
  readonly root: string | null
}
