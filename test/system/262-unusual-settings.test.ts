import { describe, expect, test } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { makeLan } from '../support/network.ts'

/** Each of these is a configuration that `check` finds nothing wrong with: `startBox` waits until all is ok. */
describe('settings that are unusual and right', () => {
  testWith(['namespaces'], 'services that listen on one interface alone are probed all the same', async () => {
    using lan = makeLan()
    await using box = await startBox({
      namespace: lan.server,
      config: `
[syslog]
listen = ["udp://0.0.0.0%lan0:514"]
[ntp]
listen = ["udp://0.0.0.0%lan0:123"]
[http]
listen = ["tcp://0.0.0.0%lan0:80"]
`,
    })
    const { services } = await box.status()
    expect(services.map(({ listen }) => listen)).toEqual([
      ['udp://0.0.0.0%lan0:514'],
      ['udp://0.0.0.0%lan0:123'],
      ['tcp://0.0.0.0%lan0:80'],
    ])
    expect(services.map(({ probe }) => probe?.ok)).toEqual([true, true, true])
    expect(box.lanward('status').status).toBe(0)
  })

  test.each([
    ['reservations only', ''],
    ['reservations only in the first subnet', 'pools = ["10.2.0.100-10.2.0.110"]'],
    ['a router that lies elsewhere', 'pools = ["10.2.0.100-10.2.0.110"]\nrouters = ["10.9.9.9"]'],
  ])('dhcp is well with %s', async (_title, second) => {
    await using box = await startBox({
      config: `
[dhcp]
listen = ["udp://127.0.0.1:0"]
relay_port = "source"
[[dhcp.subnet]]
subnet = "10.1.0.0/24"
[[dhcp.subnet.reservation]]
mac = "52:54:00:aa:bb:cc"
address = "10.1.0.10"
[[dhcp.subnet]]
subnet = "10.2.0.0/24"
${second}
`,
    })
    expect((await box.service('dhcp')).probe).toMatchObject({ ok: true, error: null })
  })
})
