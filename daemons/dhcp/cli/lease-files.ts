/** What the command line needs of the daemon's files, as a bundle of its own: the supervisor imports no daemon. */
export { formatLeases } from '../transfer/format-leases.ts'
export { readLeaseFile } from '../transfer/read-lease-file.ts'
export { readStoredLeases } from '../transfer/read-stored-leases.ts'
