import { formatBytes, formatSeconds, printable, timeDrillWords } from './plain-text.ts'
import type { ServiceStatus, StatusDocument, TimeDrill } from './status-document.ts'
import type { StatusAnswer } from './status-source.ts'

/** A shape for each health, so that colour is never the only sign. */
const SHAPES: Readonly<Record<string, string>> = { ok: '●', degraded: '▲', failing: '■', unknown: '○' }

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4 }
body { margin: 1.5rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .35rem .7rem; border-bottom: 1px solid #8886; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.ok { color: #17722f } .degraded { color: #8f5600 } .failing { color: #b3261e } .unknown { color: #666 }
@media (prefers-color-scheme: dark) {
  .ok { color: #6fd58a } .degraded { color: #ffb95c } .failing { color: #ff8a80 } .unknown { color: #aaa }
}
.scroll { overflow-x: auto }
summary { cursor: pointer }
`

/** Makes text safe inside an element and inside a quoted attribute; control characters become `?`. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The page of the whole box: complete without scripts or anything from elsewhere, renewed every five seconds. */
export function renderStatusPage(answer: StatusAnswer): string {
  const body = 'reason' in answer ? renderReason(answer.reason) : renderDocument(answer.document)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Lanward status</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Lanward</h1>
${body}
<p>As text or JSON: <a href="/status">/status</a>. For machines: <a href="/health">/health</a>, <a href="/metrics">/metrics</a>.</p>
</main>
</body>
</html>
`
}

function renderReason(reason: string): string {
  return `<p role="status" class="failing">${SHAPES['failing']} no report: ${escapeHtml(reason)}</p>`
}

function renderDocument(document: StatusDocument): string {
  const { supervisor, services } = document
  return `<p role="status">${renderHealth(supervisor.health)} &middot; version ${escapeHtml(supervisor.version)} &middot; up ${formatSeconds(supervisor.uptime_s)}</p>
${(supervisor.time_drills ?? []).map(renderDrill).join('')}<div class="scroll">
<table>
<caption>Services</caption>
<thead><tr><th scope="col">Service</th><th scope="col">Health</th><th scope="col">State</th><th scope="col">Does</th><th scope="col">Up</th><th scope="col">Restarts</th><th scope="col">Probe</th><th scope="col">Memory</th></tr></thead>
<tbody>
${services.map(renderService).join('\n')}
</tbody>
</table>
</div>
${services.map(renderDetails).join('\n')}`
}

function renderDrill(drill: TimeDrill): string {
  return `<p role="status" class="degraded">${SHAPES['degraded']} drill: ${escapeHtml(timeDrillWords(drill))}</p>\n`
}

function renderService(service: ServiceStatus): string {
  const { probe } = service
  const asked = !probe ? '-' : probe.ok ? `${(probe.latency_ms ?? 0).toFixed(1)} ms` : (probe.error ?? 'failed')
  const does = service.reason ?? service.status
  return `<tr><th scope="row">${escapeHtml(service.name)}</th><td>${renderHealth(service.health)}</td><td>${escapeHtml(service.state)}</td><td>${escapeHtml(does)}</td><td class="number">${formatSeconds(service.uptime_s)}</td><td class="number">${Number(service.restarts)}</td><td>${escapeHtml(asked)}</td><td class="number">${formatBytes(service.memory_bytes)}</td></tr>`
}

function renderDetails(service: ServiceStatus): string {
  const listen = (service.listen ?? []).map((url) => `<li>${escapeHtml(url)}</li>`).join('')
  const counters = Object.entries(service.counters ?? {})
    .map(([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td class="number">${Number(value)}</td></tr>`)
    .join('')
  const exit = service.last_exit
  const ended = exit ? `<p>Last exit: ${escapeHtml(exit.reason)} at ${escapeHtml(exit.at)}</p>` : ''
  return `<details><summary>${escapeHtml(service.name)}: sockets and counters</summary><ul>${listen}</ul>${ended}<table><tbody>${counters}</tbody></table></details>`
}

function renderHealth(health: string): string {
  const known = SHAPES[health] === undefined ? 'unknown' : health
  return `<span class="${known}"><span aria-hidden="true">${SHAPES[known]}</span> ${escapeHtml(health)}</span>`
}
