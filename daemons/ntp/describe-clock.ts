import type { ServedClock } from './served-clock.ts'

/** Whose time is served, in words. */
export function describeClock(clock: ServedClock): string {
  switch (clock.origin) {
    case 'source':
      return `stratum ${clock.stratum} from ${clock.followed?.name}`
    case 'kernel':
      return `stratum ${clock.stratum} from the kernel's clock, which another program keeps`
    case 'local':
      return `local stratum ${clock.stratum}`
    case 'none':
      return 'not synchronised'
  }
}
