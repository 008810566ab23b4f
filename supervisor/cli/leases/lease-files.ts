import { loadBundle } from '../load-bundle.ts'
import type { LeaseRow } from './lease-row.ts'

/** A lease of another server as its file tells it; handed to the daemon as it is. */
export interface FoundLease {
  readonly address: string
  readonly state: 'bound' | 'released'
  readonly endsMs: number | null
}

/** A host with an address of its own; handed to the daemon as it is. */
export interface FoundHost {
  readonly address: string
}

export interface LeftOut {
  readonly line: number
  readonly what: string
  readonly reason: string
}

export const EXPORT_FORMATS = ['json', 'csv', 'isc', 'isc6', 'dnsmasq', 'kea', 'kea6'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** What the dhcp daemon offers to the command line. */
export interface LeaseFiles {
  readonly formatLeases: (rows: readonly LeaseRow[], format: ExportFormat) => string
  readonly readLeaseFile: (
    file: string,
    nowMs: number,
  ) => {
    readonly format: string
    readonly leases: readonly FoundLease[]
    /** Those of DHCPv6. */
    readonly leases6: readonly FoundLease[]
    readonly hosts: readonly FoundHost[]
    readonly hosts6: readonly FoundHost[]
    readonly leftOut: readonly LeftOut[]
  } | null
  readonly readStoredLeases: (path: string, nowMs: number, subnets: readonly string[]) => LeaseRow[]
}

/** Loads the readers and writers of lease files. */
export function loadLeaseFiles(): Promise<LeaseFiles> {
  return loadBundle('dhcp', 'lease-files')
}
