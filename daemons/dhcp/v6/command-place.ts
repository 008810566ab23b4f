import type { ReservationDesk6 } from './reservation-desk.ts'
import type { TrialPlace6 } from './try-message.ts'

/** What commands about DHCPv6 work on. */
export interface CommandPlace6 extends TrialPlace6 {
  readonly reservations: ReservationDesk6
}
