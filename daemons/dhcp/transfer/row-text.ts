import type { LeaseRow } from '../leases/lease-row.ts'

/** Parts of leases as the files of other servers have them. */

/** A time in seconds since 1970. @param time as a lease row tells it */
export function unixSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000)
}

/** Whether a lease lasts for ever: the year 9999 stands for that. */
export function isEndless({ ends }: Pick<LeaseRow, 'ends'>): boolean {
  return ends.startsWith('9999-')
}

/** Hex digits with a colon between their pairs; empty for none. */
export function colons(hex: string | null): string {
  return (hex?.match(/../g) ?? []).join(':')
}

/** A moment of ISC dhcpd: the weekday counts from Sunday; times are UTC. */
export function iscMoment(time: string): string {
  return `${new Date(time).getUTCDay()} ${time.slice(0, 10).replaceAll('-', '/')} ${time.slice(11, 19)}`
}

/** The end of a lease as ISC dhcpd writes it. */
export function iscEnd(row: Pick<LeaseRow, 'ends'>): string {
  return isEndless(row) ? 'never' : iscMoment(row.ends)
}

/** The end of a lease as dnsmasq writes it. */
export function dnsmasqEnd(row: Pick<LeaseRow, 'ends'>): number {
  return isEndless(row) ? 0 : unixSeconds(row.ends)
}

/** What ISC dhcpd calls what became of a lease. */
export const ISC_STATES = {
  bound: 'active',
  expired: 'expired',
  released: 'released',
  declined: 'abandoned',
  offered: 'free',
} as const

/** What Kea calls what became of a lease. */
export const KEA_STATES = { bound: 0, expired: 2, released: 2, declined: 1, offered: 0 } as const

/** The times of a lease as Kea writes them, in seconds; a lifetime is never 0, which would take the lease out. */
export function keaTerms(row: Pick<LeaseRow, 'starts' | 'ends'>): {
  readonly lifetime: number
  readonly expire: number
} {
  const starts = unixSeconds(row.starts)
  const lifetime = isEndless(row) ? 0xffffffff : Math.max(1, unixSeconds(row.ends) - starts)
  return { lifetime, expire: starts + lifetime }
}

/** A text that parts no cells of Kea's file. */
export function keaCell(text: string): string {
  return text.replaceAll(/[,&\r\n]/g, (char) => `&#x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
