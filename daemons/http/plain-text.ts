import type { StatusDocument, TimeDrill } from './status-document.ts'

/** Marks of a state that also say it without colour; ASCII, for any terminal. */
const MARKS: Readonly<Record<string, string>> = { ok: '+', degraded: '!', failing: 'x', unknown: '?' }

/** Replaces control characters, so that nothing from the network can steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '?')
}

/** The report as a table for curl and telnet, lines ended as telnet expects. */
export function formatStatusText(document: StatusDocument): string {
  const { supervisor, services } = document
  const rows = services.map((service) => [
    `${MARKS[service.health] ?? '?'} ${service.name}`,
    service.state,
    service.health,
    formatSeconds(service.uptime_s),
    String(service.restarts),
    service.reason ?? service.status,
  ])
  const table = [['  service', 'state', 'health', 'uptime', 'restarts', 'status'], ...rows]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const head = `lanward ${supervisor.version}: ${supervisor.health}, up ${formatSeconds(supervisor.uptime_s)}`
  const drills = (supervisor.time_drills ?? []).map((drill) => `DRILL: ${timeDrillWords(drill)}`)
  return [head, ...drills, '', ...lines].map((line) => `${printable(line).trimEnd()}\r\n`).join('')
}

/** What is told of a drill, so that nobody takes its time for the real one. */
export function timeDrillWords({ pid, listen, fault }: TimeDrill): string {
  return `${listen} serves a wrong time on purpose (pid ${pid}): ${fault}`
}

/** A duration for people: `12 s`, `3 min`, `5 h`, `9 d`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || seconds === undefined) return '-'
  if (seconds < 120) return `${Math.floor(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** Bytes for people, always in powers of 1024. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || bytes === undefined) return '-'
  return bytes < 1_048_576 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`
}
