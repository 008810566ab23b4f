import { ip, type Lan, makeLan } from './network.ts'

/** A LAN of three hosts: between the server and the others stands a switch, on which the client is. */
export interface SwitchedLan extends Lan {
  /** Name of the third host's namespace; its end of the cable is `eth0`, with the address given. */
  readonly third: string
  /** Hardware address of the third host. */
  readonly thirdHardware: string
  /** The client's interface; without an address. */
  readonly clientDevice: string
}

/** Makes such a LAN, with 192.168.50.1/24 at the server's `lan0`. @param address of the third host, as `192.168.50.2/24` */
export function makeSwitchedLan(address: string): SwitchedLan {
  const lan = makeLan()
  const third = lan.client.replace('lw-c-', 'lw-t-')
  ip('netns', 'add', third)
  ip('-n', lan.client, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', lan.client, 'link', 'set', 'eth0', 'master', 'br0')
  ip('-n', lan.client, 'link', 'add', 'port1', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', third)
  ip('-n', lan.client, 'link', 'set', 'port1', 'master', 'br0')
  for (const device of ['br0', 'port1']) ip('-n', lan.client, 'link', 'set', device, 'up')
  ip('-n', third, 'link', 'set', 'lo', 'up')
  ip('-n', third, 'link', 'set', 'eth0', 'up')
  ip('-n', third, 'address', 'add', address, 'dev', 'eth0')
  const [, thirdHardware = ''] = /link\/ether (\S+)/.exec(ip('-n', third, 'link', 'show', 'eth0')) ?? []
  return {
    server: lan.server,
    client: lan.client,
    third,
    thirdHardware,
    clientDevice: 'br0',
    [Symbol.dispose]: () => {
      ip('netns', 'delete', third)
      lan[Symbol.dispose]()
    },
  }
}
