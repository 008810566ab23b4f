import { missingUserText } from '../user/service-user.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('users', 'services give up root for this user; without it nothing starts')

/** Whether the users that services become exist and can read our programs; only root needs them. */
export function checkUsers({ rights, users }: Pick<Facts, 'rights' | 'users'>): readonly Finding[] {
  if (rights.uid !== 0 || users.length === 0) return [about.ok(`services run as ${rights.name}`)]
  return users.map(({ name, user, obstacle }) => {
    if (user === null) {
      const [found = '', mend = ''] = missingUserText(name).split('; create it with: ')
      return about.fail(found, mend)
    }
    if (obstacle === null) return about.ok(`${name} exists, and can read the programs of Lanward that it runs`)
    return about.fail(
      `${name} cannot get past ${obstacle} to the programs of Lanward`,
      'install Lanward under /usr/lib/lanward, where everybody may read',
      'a daemon that cannot read its own program ends at once',
    )
  })
}
