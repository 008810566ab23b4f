import { checkLine } from './syslog-line.ts'

const RECEIVED_MS = Date.UTC(2026, 5, 15, 12)
const LONGEST = 65_536
/** CPU time for one message of the greatest length: a scan that goes back over what it has read takes minutes. */
const MOST_MS = 1000

/** What devices send. */
export const DEVICE_LINES: readonly string[] = [
  "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed",
  '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It is time to make the do-nuts.',
  '<165>1 2003-10-11T22:14:15.003Z host evntslog - ID47 [a@1 iut="3" q="\\"\\]"][b@1 class="high"] entry',
  "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
  '<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!',
  '<30>2026-06-15T12:00:00.123456+02:00 web systemd[1]: Started session 7 of user root.',
  '<189>237: *Mar  1 00:00:01.123 CET: %SYS-5-CONFIG_I: Configured from console by vty0 (192.0.2.9)',
  '<187>000047: host1: .Jun 15 2026 12:00:00.5 UTC: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up',
  '<166>Jun 15 2026 12:00:00 asa-1 : %ASA-6-302013: Built outbound TCP connection 1 for outside',
  '<14>Jun 15 12:00:00 Message forwarded from aix1: sshd[99]: Accepted',
  '<134>Jun 15 12:00:00 2026 router kern: [UFW BLOCK] IN=eth0 OUT= MAC=aa:bb:cc SRC=192.0.2.5',
  '<11>Jun 15 12:00:00 2001:db8::1 app[abc]: from an address',
  '<13>app: no time',
  'Jun 15 12:00:00 no priority',
  '<13> <13>two of them',
  '<999>not one',
  'kernel panic',
]

const BYTES = [...'\0\t\n\r "\\<>[]:=-.*%019Zé']
  .flatMap((letter) => [...Buffer.from(letter)])
  .concat([0x80, 0xff, 0xc3])

/** Every prefix of a line, and the line with every byte replaced by each of these, or left out, or doubled. */
export function* mutationsOf(line: Buffer, replacements: readonly number[] = BYTES): Generator<Buffer> {
  for (let length = 0; length <= line.length; length++) yield line.subarray(0, length)
  for (let at = 0; at < line.length; at++) {
    for (const byte of replacements) {
      const changed = Buffer.from(line)
      changed[at] = byte
      yield changed
    }
    yield Buffer.concat([line.subarray(0, at), line.subarray(at + 1)])
    yield Buffer.concat([line.subarray(0, at), line.subarray(Math.max(at - 1, 0))])
  }
}

const HEADS = [
  '',
  '<13>',
  '<13>1 ',
  '<13>1 - - - - ',
  '<13>1 - - - - - ',
  '<13>1 - - - - - [a b="',
  '<13>1 - - - - [a ',
  '<13>Jun 15 12:00:00 ',
  '<13>Jun 15 12:00:00 host ',
  '<13>Jun 15 12:00:00 host app[',
  '<13>*',
  '<13>0001: ',
]
const FILLERS = [
  ' ',
  '\t',
  '[',
  ']',
  ':',
  '"',
  '\\',
  '<',
  '>',
  '-',
  '0',
  'a',
  '%',
  '.',
  '=',
  '\0',
  '\n',
  'é',
  '\u202e',
  '[a b="c"]',
  ' b="c"',
  '\\"',
  ' -',
  '1:',
  'a:',
  ': ',
  '* ',
  'Jun 15 12:00:00 ',
  '<13>',
]

/** The longest messages, of one thing over and over behind the beginning of a message. */
export function* longMessages(): Generator<Buffer> {
  for (const head of HEADS)
    for (const filler of FILLERS) yield Buffer.from(head + filler.repeat(LONGEST)).subarray(0, LONGEST)
}

/** Checks a message and that it took no longer than it may. @throws Error */
export function checkQuickly(bytes: Buffer): void {
  const before = process.threadCpuUsage()
  checkLine(bytes, RECEIVED_MS, false)
  const { user, system } = process.threadCpuUsage(before)
  const tookMs = (user + system) / 1000
  if (tookMs > MOST_MS) throw new Error(`${tookMs} ms for ${JSON.stringify(bytes.toString('latin1', 0, 60))}…`)
}
