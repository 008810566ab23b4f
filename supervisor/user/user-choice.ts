import { findUser, missingUserText, type ServiceUser } from './service-user.ts'

/** Whom our children become. */
export interface UserChoice {
  /** null = they stay what we are. Throws when there is no such user. */
  userOf(name: string | null): ServiceUser | null
  /** What our rights did not allow, in words. */
  readonly limits: readonly string[]
}

/**
 * Decides by our rights: root may become anyone, another user stays what it is, which is said once.
 *
 * @param wanted names of all users that the configuration asks for
 */
export function chooseUsers(uid: number, ownName: string, wanted: readonly string[]): UserChoice {
  if (uid !== 0) {
    const others = [...new Set(wanted)].filter((name) => name !== ownName)
    const limits =
      others.length === 0 ? [] : [`not started as root: services run as ${ownName}, not as ${others.join(', ')}`]
    return { userOf: () => null, limits }
  }
  return {
    userOf: (name) => {
      if (name === null || name === 'root') return null
      const user = findUser(name)
      if (user === null) throw new Error(missingUserText(name))
      return user
    },
    limits: [],
  }
}
