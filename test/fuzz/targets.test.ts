import { expect, test } from 'vitest'
import { run as runDhcp } from './dhcp.ts'
import { run as runDhcp6 } from './dhcp6.ts'
import { run as runNtp } from './ntp.ts'
import { run as runSyslog } from './syslog.ts'

test.each([
  ['dhcp', runDhcp],
  ['dhcp6', runDhcp6],
  ['ntp', runNtp],
  ['syslog', runSyslog],
])('a short run over %s finds no fault', (_target, run) => {
  expect(run(500, 1)).toBeUndefined()
})
