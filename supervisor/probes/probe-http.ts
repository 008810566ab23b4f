import { request } from 'node:http'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Probe, ProbeOptions, ProbeOutcome } from './probe.ts'
import { probeTarget } from './probe-target.ts'

/**
 * Fetches `/health`. Any whole HTTP answer counts, also 503: that one tells of other services, and the http daemon
 * that says so is well.
 */
export function probeHttp(options: ProbeOptions & { readonly url: ListenUrl }): Probe {
  const { url, token, timeoutMs, now } = options
  return (signal) =>
    new Promise<ProbeOutcome>((resolve) => {
      const { host, port, family } = probeTarget(url)
      const started = now()
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      const failed = (error: Error & { readonly code?: string }): void => {
        if (error.code?.startsWith('HPE_'))
          resolve({ kind: 'sick', error: `no HTTP: ${error.message}`, latencyMs: now() - started })
        else if (signal.aborted) resolve({ kind: 'silent', error: 'stopped' })
        else resolve({ kind: 'silent', error: limit.aborted ? `no answer in ${timeoutMs} ms` : error.message })
      }
      const asking = request(
        {
          host,
          port,
          family,
          path: '/health',
          agent: false,
          signal: limit,
          headers: { 'x-lanward-probe': token, connection: 'close' },
        },
        (response) => {
          response.on('error', failed)
          response.on('end', () => resolve({ kind: 'ok', latencyMs: now() - started }))
          response.resume()
        },
      )
      asking.on('error', failed)
      asking.end()
    })
}
