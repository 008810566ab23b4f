/**
 * Reads `Retry-After`: seconds, or a date. What is absent or cannot be read is 0; nobody is waited for longer than an hour.
 *
 * @rfc 9110 section 10.2.3
 * @unit milliseconds
 */
export function readRetryAfter(text: string | null, wallMs: number): number {
  if (text === null) return 0
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - wallMs
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 3_600_000) : 0
}
