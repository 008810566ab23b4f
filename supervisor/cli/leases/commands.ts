import type { Command } from 'commander'
import type { SharedOptions } from '../request.ts'
import type { Terminal } from '../terminal.ts'
import type { LeaseWishes } from './lease-filter.ts'

/** Adds one command; `parent` absent = to the program. */
type AddCommand = (
  usage: string,
  description: string,
  run: (words: string[], options: SharedOptions) => Promise<number>,
  parent?: Command,
) => Command

/** Adds `leases` and what stands below it. Each is loaded only when it runs. */
export function addLeaseCommands(add: AddCommand, terminal: Terminal): void {
  const leases = add('leases', 'tell who has which address', async (_, options) => {
    const { runLeases } = await import('./list.ts')
    return runLeases(options, terminal)
  })
  withFilters(leases.enablePositionalOptions())
  const below = <Own extends object>(
    usage: string,
    description: string,
    run: (words: string[], options: SharedOptions & Own) => Promise<number>,
  ): Command => {
    const command = add(
      usage,
      description,
      (words, options) => run(words, { ...leases.opts(), ...options, ...(command.opts() as Own) }),
      leases,
    )
    return command
  }
  below(
    'why <client>',
    'tell the decisions for one client, by MAC, address or host name',
    async ([key = ''], options) => {
      const { runLeaseWhy } = await import('./why.ts')
      return runLeaseWhy(key, options, terminal)
    },
  )
  const trial = below('try', 'tell what a client would get, and change nothing', async (_, options) => {
    const { runTry } = await import('./try.ts')
    return runTry(options, terminal)
  })
  for (const [flag, about] of TRIAL) trial.option(flag, about)
  below<{ hostname?: string }>(
    'reserve <client> <address>',
    'keep an address for a client from now on',
    async ([client = '', address = ''], options) => {
      const { runReserve } = await import('./change.ts')
      return runReserve(client, address, options, terminal)
    },
  ).option('--hostname <name>', 'the name that the client gets')
  below('unreserve <client>', 'take back what reserve made, by client or address', async ([client = ''], options) => {
    const { runUnreserve } = await import('./change.ts')
    return runUnreserve(client, options, terminal)
  })
  below('reserved', 'list the reservations, made by command or configured', async (_, options) => {
    const { runReserved } = await import('./change.ts')
    return runReserved(options, terminal)
  })
  below(
    'foreign',
    'tell other DHCP servers and IPv6 routers, and addresses used without a lease',
    async (_, options) => {
      const { runForeign } = await import('./foreign.ts')
      return runForeign(options, terminal)
    },
  )
  below('release <client>', 'end the lease or quarantine of a client or address', async ([client = ''], options) => {
    const { runRelease } = await import('./change.ts')
    return runRelease(client, options, terminal)
  })
  below<{ dryRun?: boolean }>(
    'import <file>',
    'take over leases of ISC dhcpd, dnsmasq or Kea from their file',
    async ([file = ''], options) => {
      const { runImport } = await import('./transfer.ts')
      return runImport(file, options, terminal)
    },
  ).option('--dry-run', 'tell what would be taken over, and change nothing')
  const exporting = below<LeaseWishes & { format?: string }>(
    'export',
    'print all leases for another program',
    async (_, options) => {
      const { runExport } = await import('./transfer.ts')
      return runExport(options, terminal)
    },
  )
  withFilters(exporting).option(
    '--format <format>',
    'json (as it is without), csv, dnsmasq, isc, kea, and isc6, kea6 for the leases of IPv6',
  )
}

function withFilters(command: Command): Command {
  return command
    .option('--all', 'expired and released ones too')
    .option('--subnet <subnet>', 'only addresses of this network, as 192.168.50.0/24')
    .option('--state <state>', 'only offered, bound, expired, released or declined ones')
    .option('--search <text>', 'only those whose address, MAC, identifier or name holds this')
}

const TRIAL: readonly (readonly [flag: string, about: string])[] = [
  ['--mac <mac>', 'its hardware address'],
  ['--client-id <hex>', 'its client identifier (option 61)'],
  ['--duid <hex>', 'its DUID: it is a client of DHCPv6'],
  ['--iaid <number>', 'its identity association (DHCPv6; without: that of its lease, else 1)'],
  ['--address <address>', 'the address that it has or asks for (DHCPv6)'],
  [
    '--type <type>',
    'discover (as it is without), request, inform; of DHCPv6: solicit (as it is without), request, renew, …',
  ],
  ['--requested <address>', 'the address that it asks for (option 50)'],
  ['--interface <name>', 'the attached network that it is on; else the first one served'],
  ['--relay <address>', 'the relay agent that it comes through (giaddr, link address)'],
  ['--circuit-id <hex>', 'the port that the relay tells (option 82)'],
  ['--remote-id <hex>', 'the remote id that the relay tells (option 82)'],
  ['--hostname <name>', 'what it calls itself (option 12, 39 of DHCPv6)'],
  ['--vendor-class <text>', 'its kind (option 60), as PXEClient:Arch:00007'],
  ['--user-class <text>', 'its user class (option 77)'],
]
