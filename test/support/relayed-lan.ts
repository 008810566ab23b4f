import { ip, type Lan, makeLan } from './network.ts'

/** A LAN whose server is reached through a router; behind that, two networks with a port of the client's host each. */
export interface RelayedLan extends Lan {
  /** Namespace of the router: `uplink` towards the server, `lan10` and `lan20` towards the client. */
  readonly router: string
}

/**
 * Puts a router between two hosts. The server's `lan0` has 192.168.50.1/24, the router's `uplink` 192.168.50.2/24, its `lan10` and
 * `lan20` have 10.10.0.1/24 and 10.20.0.1/24. The client's `eth10` and `eth20` are up without an address.
 */
export function makeRelayedLan(): RelayedLan {
  const { server, client: router, ...lan } = makeLan()
  const client = `${router}-v`
  ip('-n', router, 'link', 'set', 'eth0', 'down')
  ip('-n', router, 'link', 'set', 'eth0', 'name', 'uplink')
  ip('-n', router, 'address', 'add', '192.168.50.2/24', 'dev', 'uplink')
  ip('-n', router, 'link', 'set', 'uplink', 'up')
  ip('netns', 'add', client)
  ip('-n', client, 'link', 'set', 'lo', 'up')
  for (const number of ['10', '20']) {
    addCable([router, `lan${number}`], [client, `eth${number}`])
    ip('-n', router, 'address', 'add', `10.${number}.0.1/24`, 'dev', `lan${number}`)
    ip('-n', server, 'route', 'add', `10.${number}.0.0/24`, 'via', '192.168.50.2')
  }
  ip('netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  return {
    server,
    client,
    router,
    [Symbol.dispose]: () => {
      ip('netns', 'delete', client)
      lan[Symbol.dispose]()
    },
  }
}

/** Joins two namespaces by one more cable; each end is a namespace and the name of the device there. */
export function addCable(one: readonly [string, string], other: readonly [string, string]): void {
  ip('-n', one[0], 'link', 'add', one[1], 'type', 'veth', 'peer', 'name', other[1], 'netns', other[0])
  for (const [namespace, device] of [one, other]) ip('-n', namespace, 'link', 'set', device, 'up')
}
