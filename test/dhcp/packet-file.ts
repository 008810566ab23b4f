import { readFileSync } from 'node:fs'

/** Reads an annotated capture of test/packets/dhcp: hex octets, `00*64` for a run, `#` starts a comment. */
export function readPacket(name: string): Uint8Array {
  const text = readFileSync(new URL(`../packets/dhcp/${name}.hex`, import.meta.url), 'utf8')
  const bytes: number[] = []
  for (const line of text.split('\n')) {
    for (const word of (line.split('#')[0] ?? '').split(/\s+/).filter((part) => part !== '')) {
      const [digits = '', times = '1'] = word.split('*')
      if (!/^[0-9a-f]{2}$/.test(digits)) throw new Error(`not an octet in ${name}: ${word}`)
      bytes.push(...new Array<number>(Number(times)).fill(Number.parseInt(digits, 16)))
    }
  }
  return Uint8Array.from(bytes)
}
