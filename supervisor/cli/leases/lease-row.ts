/** One lease as the daemon tells it: INTERFACE section 7. */
export interface LeaseRow {
  readonly address: string
  readonly mac: string
  readonly client_id: string | null
  readonly hostname: string | null
  readonly subnet: string | null
  readonly state: string
  readonly starts: string
  readonly ends: string
  readonly relay: string | null
  readonly reserved: boolean
  /** Of DHCPv6; null, or absent in a daemon of before, for IPv4. */
  readonly duid?: string | null
  readonly iaid?: number | null
  readonly preferred_until?: string | null
}

/** Whether all of a list are leases as this version knows them. */
export function areLeaseRows(answer: unknown): answer is LeaseRow[] {
  return Array.isArray(answer) && answer.every(isLeaseRow)
}

function isLeaseRow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('address' in value) || !('state' in value)) return false
  return typeof value.address === 'string' && typeof value.state === 'string'
}
