import { expect, test } from 'vitest'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'

function parse(text: string) {
  const inference = new TimeInference(() => 0)
  return parseMessage(text, { receiveMs: Date.UTC(2026, 10, 25, 12), inference, local: false, dialect: null })
}

/** A time as some device writes it, and what is meant. */
test.each([
  ['July 22 22:45:28', '2026-07-22T22:45:28Z'],
  ['Sept  2 22:45:28', '2026-09-02T22:45:28Z'],
  ['september 22 22:45:28', '2026-09-22T22:45:28Z'],
  ['Oct 14 2015 05:50:19 AM.484 UTC', '2015-10-14T05:50:19.484Z'],
  ['Jul 05 2016 04:03:01 PM.688 UTC', '2016-07-05T16:03:01.688Z'],
  ['Jul 05 2016 12:03:01 am', '2016-07-05T00:03:01Z'],
  ['Jul 05 2016 12:03:01 PM', '2016-07-05T12:03:01Z'],
  ['Jan  1 2021 00:00:00.123+0100', '2021-01-01T00:00:00.123+01:00'],
  ['Jan  1 2021 00:00:00.123Z', '2021-01-01T00:00:00.123Z'],
  ['Jan  1 00:00:00 -05:00', '2026-01-01T00:00:00-05:00'],
  ['May 21 12:00:01.123 gmt:', '2026-05-21T12:00:01.123Z'],
  ['Jan  1 00:00:00 JST', '2026-01-01T00:00:00+09:00'],
  ['Aug 24 05:34:00 MSK 1987', '1987-08-24T05:34:00+03:00'],
  ['Jan  1 00:00:00 UTC+1:', '2026-01-01T00:00:00+01:00'],
  ['Jan  1 00:00:00.5 UTC+07:30:', '2026-01-01T00:00:00.5+07:30'],
  ['Jan  1 00:00:00 GMT-3:', '2026-01-01T00:00:00-03:00'],
  ['May 10 12:00:00 UTC 2018', '2018-05-10T12:00:00Z'],
  ['Apr 29 13:58:40.411 2016', '2016-04-29T13:58:40.411Z'],
  ['2019/12/12 15:54:12', '2019-12-12T15:54:12Z'],
  ['2019-5-1 8:00:00', '2019-05-01T08:00:00Z'],
  ['2019-05-01 18:00:00 +0200', '2019-05-01T18:00:00+02:00'],
  ['2019-05-01T18:00:00+02', '2019-05-01T18:00:00+02:00'],
  ['2019-05-01T18:00:00.5Z:', '2019-05-01T18:00:00.5Z'],
  ['1563249630', '2019-07-16T04:00:30Z'],
  ['1563249630.774247467', '2019-07-16T04:00:30.774247467Z'],
  ['1563249630774', '2019-07-16T04:00:30.774Z'],
  ['1563249630774247', '2019-07-16T04:00:30.774247Z'],
  // A leap second is told as the one before it: few readers of times know the second 60.
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z'],
  ['Dec 31 2016 23:59:60', '2016-12-31T23:59:59Z'],
])('%s', (time, want) => {
  expect(parse(`<13>${time} gw1 app[12]: text`)).toMatchObject({ time: want, host: 'gw1', app: 'app', msg: 'text' })
})

test.each([
  [
    'Jul 05 2016 04:03:01 PM.688 UTC : %UC_X-5-Y: text',
    { host: null, app: '%UC_X-5-Y', time: '2016-07-05T16:03:01.688Z' },
  ],
  ['Juneau 2 22:45:28 gw1 app: text', { format: 'raw' }],
  ['Jul 05 2016 12:03:01 PMS app: text', { host: 'PMS', app: 'app' }],
  ['Jan  1 00:00:00 EST app: text', { host: 'EST', app: 'app' }],
  ['Jan  1 00:00:00 CST 1987 host without a tag', { host: 'CST' }],
  ['Apr 15 2017 00:21:14 FIREW : %ASA-5-111010: text', { host: 'FIREW', app: '%ASA-5-111010' }],
  ['1563249630      0 192.0.2.1 TCP_HIT/200', { format: 'raw' }],
  ['156324963077 gw1 app: text', { format: 'raw' }],
  ['0563249630 gw1 app: text', { format: 'raw' }],
])('in %s no more than that is a time', (text, want) => {
  expect(parse(`<13>${text}`)).toMatchObject(want)
})
