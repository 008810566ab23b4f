import { describe, expect, test } from 'vitest'
import { decodeAdvertisement } from '../../../daemons/dhcp/advertise/decode-advertisement.ts'
import { LinkAdvertiser, type Telling } from '../../../daemons/dhcp/advertise/link-advertiser.ts'
import type { RouterAdvertisement } from '../../../daemons/dhcp/advertise/router-advertisement.ts'
import { SystemError } from '../../../daemons/linux/system-error.ts'
import { advertisement, ip6 } from './link.ts'

const ROUTER = advertisement({ routerLifetimeSeconds: 1800, preference: 'high', mtu: 1400 })

function telling(told: RouterAdvertisement): Telling {
  return { told, source: ip6('fe80::1'), everySeconds: 600 }
}

/** A link that is told by one of ours, and hears what it is told. */
class Link {
  readonly heard: { readonly to: string; readonly told: RouterAdvertisement }[] = []
  refusal: SystemError | null = null
  readonly advertiser = new LinkAdvertiser(
    (message, to, from) => {
      if (this.refusal !== null) throw this.refusal
      const decoded = decodeAdvertisement(Uint8Array.from(message), { source: ip6(from), hopLimit: 255 })
      if (decoded.kind === 'advertisement') this.heard.push({ to, told: decoded.told })
    },
    () => 0,
  )

  /** Lets time pass until nothing is due before a moment. */
  until(ms: number): void {
    for (let at = this.advertiser.nextMs(); at <= ms; at = this.advertiser.nextMs()) this.advertiser.advance(at)
  }
}

describe('LinkAdvertiser', () => {
  test('tells all at once, and again soon', () => {
    const link = new Link()
    link.advertiser.tell(telling(ROUTER), 0)
    link.until(40_000)
    expect(link.heard).toEqual([0, 1, 2].map(() => ({ to: 'ff02::1', told: ROUTER })))
    expect(link.advertiser.counts).toEqual({ sent: 3, failed: 0 })
  })

  test('tells nobody while it has nothing to tell, and answers nobody', () => {
    const link = new Link()
    link.advertiser.tell(null, 0)
    link.advertiser.solicited(ip6('fe80::2'), 0)
    expect(link.advertiser.nextMs()).toBe(Number.POSITIVE_INFINITY)
    link.advertiser.advance(100)
    expect(link.heard).toEqual([])
  })

  test('answers a host at its link-local address alone, and others by telling all', () => {
    const link = new Link()
    link.advertiser.tell(telling(ROUTER), 0)
    link.until(100_000)
    link.heard.length = 0
    link.advertiser.solicited(ip6('fe80::2'), 100_000)
    link.until(100_000)
    expect(link.heard.map(({ to }) => to)).toEqual(['fe80::2'])
    link.advertiser.solicited(ip6('fd00:50::2'), 110_000)
    link.advertiser.solicited(new Uint8Array(16), 110_000)
    link.until(110_000)
    expect(link.heard.map(({ to }) => to)).toEqual(['fe80::2', 'ff02::1'])
  })

  test('tells what changed at once, but not that lifetimes run down', () => {
    const link = new Link()
    const outdated = (validSeconds: number): Telling =>
      telling({
        ...ROUTER,
        prefixes: [
          { prefix: ip6('fd00::'), bits: 64, onLink: true, autonomous: true, validSeconds, preferredSeconds: 0 },
        ],
      })
    link.advertiser.tell(outdated(7200), 0)
    link.until(100_000)
    const before = link.heard.length
    link.advertiser.tell(outdated(7100), 100_000)
    link.until(101_000)
    expect(link.heard).toHaveLength(before)
    link.advertiser.tell(telling(ROUTER), 101_000)
    link.until(101_000)
    expect(link.heard).toHaveLength(before + 1)
  })

  test('says that it is a default router no more when it ends, or has nothing to tell any more', () => {
    const link = new Link()
    link.advertiser.tell(telling(ROUTER), 0)
    link.until(0)
    link.advertiser.resign()
    link.advertiser.tell(null, 10)
    const last = { to: 'ff02::1', told: { ...ROUTER, routerLifetimeSeconds: 0, preference: 'medium' } }
    expect(link.heard).toEqual([{ to: 'ff02::1', told: ROUTER }, last, last])
  })

  test('says nothing at its end when it never was one', () => {
    const link = new Link()
    link.advertiser.tell(telling(advertisement({ mtu: 1400 })), 0)
    link.until(0)
    link.advertiser.resign()
    expect(link.heard).toHaveLength(1)
  })

  test('tries again each second while it cannot send, and tells after five that it cannot', () => {
    const link = new Link()
    link.refusal = new SystemError('EINVAL', 22, 'sendmsg', 'sendmsg ff02::1: invalid argument (EINVAL)')
    link.advertiser.tell(telling(ROUTER), 0)
    link.until(4500)
    expect(link.advertiser.fault(4500)).toBeNull()
    link.until(5500)
    expect(link.advertiser.fault(5500)).toContain('invalid argument')
    expect(link.advertiser.counts).toEqual({ sent: 0, failed: 6 })
    link.refusal = null
    link.until(6000)
    expect(link.heard).toHaveLength(1)
    expect(link.advertiser.fault(60_000)).toBeNull()
  })
})
