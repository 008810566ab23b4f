/** Command lines worth showing, and what each does; by command, the empty name for the program itself. */
const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, does: string])[]>> = {
  '': [
    ['lanward up', 'run everything here, until Ctrl-C'],
    ['lanward status', 'one screen: what runs, and how well'],
    ['lanward doctor', 'before the first start, or when something is wrong'],
    ['lanward logs -f', 'see messages as they come'],
  ],
  up: [
    ['lanward up', 'with the first configuration that is found'],
    ['lanward up --config my.toml', 'with this one'],
  ],
  check: [['lanward check --config my.toml', 'before it is put in force']],
  status: [
    ['lanward status', 'all services; exit code 0 only when all is well'],
    ['lanward status syslog', 'one, with its counters and its sockets'],
    ["lanward status --json | jq '.services[].health'", 'for programs'],
  ],
  why: [['lanward why dhcp', 'after it was restarted, or when it is parked']],
  start: [['lanward start ntp', 'also takes a parked service out of parking']],
  stop: [['lanward stop ntp', 'until somebody starts it again']],
  restart: [['lanward restart ntp', 'what is sent meanwhile waits and is answered']],
  reload: [['lanward check && lanward reload', 'put a changed file in force; what did not change is not touched']],
  reexec: [['npm ci && lanward reexec', 'after new files were put in place: all goes on under the new version']],
  leases: [
    ['lanward leases', 'the addresses in use'],
    ['lanward leases --all', 'and those that were'],
    ['lanward leases --subnet 192.168.50.0/24 --search printer', 'some of them'],
    ['lanward leases why 52:54:00:aa:bb:cc', 'why a device has this address, or none'],
    ['lanward leases reserve 52:54:00:aa:bb:cc 192.168.50.20', 'the device gets this one from now on'],
    ['lanward leases import /var/lib/dhcp/dhcpd.leases --dry-run', 'before another server is replaced'],
  ],
  'leases try': [
    ['lanward leases try --mac 52:54:00:aa:bb:cc', 'what it would get, and why'],
    ['lanward leases try --mac 52:54:00:aa:bb:cc --relay 10.1.0.1 --vendor-class MSFT', 'through a relay'],
  ],
  'leases reserve': [
    ['lanward leases reserve 52:54:00:aa:bb:cc 192.168.50.20 --hostname nas', 'by hardware address'],
    ['lanward leases reserve 192.168.50.131 192.168.50.20', 'whichever device has that address now'],
  ],
  'leases unreserve': [['lanward leases unreserve 192.168.50.20', 'see also: lanward leases reserved']],
  'leases release': [['lanward leases release 192.168.50.131', 'also ends the quarantine of an address']],
  'leases foreign': [['lanward leases foreign', 'exit code 1 when there are none']],
  'leases import': [
    ['lanward leases import /var/lib/misc/dnsmasq.leases --dry-run', 'what would come over, and what not'],
    ['lanward leases import /var/lib/kea/kea-leases4.csv', 'take them over'],
  ],
  'leases export': [['lanward leases export --format isc > dhcpd.leases', 'works while nothing runs as well']],
  'leases why': [
    ['lanward leases why 52:54:00:aa:bb:cc', 'by hardware address'],
    ['lanward leases why 192.168.50.100', 'by address'],
  ],
  senders: [
    ['lanward senders', 'who sends logs'],
    ['lanward senders --toml', 'what was learned of them, to be put into the configuration'],
  ],
  time: [['lanward time', 'our clock, and who asks it']],
  section: [['lanward section ntp --output /run/ntp.json', 'to run this daemon alone']],
  doctor: [
    ['sudo lanward doctor', 'as root it sees most'],
    ['lanward doctor -v', 'with the reason for each check'],
    ['lanward doctor --json', 'for programs; exit code 1 if anything fails'],
  ],
  drill: [
    ['lanward drill', 'all drills on all services, after a question'],
    ['lanward drill kill --service ntp', 'one drill on one service'],
    ['lanward drill reload flood --yes --json', 'two drills, unasked, for programs'],
  ],
}

/** The examples of a command as the end of its help; empty when there are none. */
export function exampleText(command: string): string {
  const examples = EXAMPLES[command] ?? []
  if (examples.length === 0) return ''
  return [
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.flatMap(([line, does]) => [`  ${line}`, `      ${does}`]),
  ].join('\n')
}
