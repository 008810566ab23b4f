import { chooseForm } from './accept.ts'
import { type Answer, refusal, textAnswer } from './answer.ts'
import { type FileConditions, findFile } from './find-file.ts'
import { judgeHealth } from './health-verdict.ts'
import { formatOpenMetrics, OPEN_METRICS_TYPE } from './open-metrics.ts'
import { formatStatusText, printable } from './plain-text.ts'
import { readTarget } from './request-target.ts'
import { renderStatusPage } from './status-page.ts'
import type { StatusAnswer } from './status-source.ts'

/** A request reduced to what decides the answer. */
export interface RouteRequest {
  readonly method: string
  readonly target: string
  readonly accept: string | undefined
  readonly conditions: FileConditions
}

export interface Site {
  readonly status: () => Promise<StatusAnswer>
  /** Absolute path of the folder of files; null = none. */
  readonly root: string | null
}

const HTML = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/json'

/** Answers one request; never throws for anything that a client can send. */
export async function route(site: Site, request: RouteRequest): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refusal(405, 'only GET and HEAD', { allow: 'GET, HEAD', connection: 'close' })
  const target = readTarget(request.target)
  if (target === 'malformed') return refusal(400, 'bad request target')
  switch (target.path) {
    case '/':
      return page(await site.status())
    case '/status':
      return status(await site.status(), request.accept)
    case '/health':
      return health(await site.status(), request.accept)
    case '/metrics':
      return metrics(await site.status())
    default:
      return site.root === null ? refusal(404, 'not found') : findFile(site.root, target.path, request.conditions)
  }
}

function page(answer: StatusAnswer): Answer {
  return textAnswer('reason' in answer ? 503 : 200, renderStatusPage(answer), HTML)
}

function status(answer: StatusAnswer, accept: string | undefined): Answer {
  const form = chooseForm(accept)
  if (form === 'html') return page(answer)
  if ('reason' in answer) {
    const { reason } = answer
    if (form === 'json') return textAnswer(503, `${JSON.stringify({ error: reason })}\n`, JSON_TYPE)
    return textAnswer(503, `no report: ${printable(reason)}\r\n`)
  }
  if (form === 'json') return textAnswer(200, `${JSON.stringify(answer.document)}\n`, JSON_TYPE)
  return textAnswer(200, formatStatusText(answer.document))
}

function health(answer: StatusAnswer, accept: string | undefined): Answer {
  const verdict = judgeHealth(answer)
  const code = verdict.ok ? 200 : 503
  if (chooseForm(accept) === 'json') return textAnswer(code, `${JSON.stringify(verdict)}\n`, JSON_TYPE)
  const lines = verdict.ok ? ['ok'] : ['not ok', ...verdict.reasons]
  return textAnswer(code, lines.map((line) => `${printable(line)}\r\n`).join(''))
}

function metrics(answer: StatusAnswer): Answer {
  if ('reason' in answer) return textAnswer(503, `no report: ${printable(answer.reason)}\r\n`)
  return textAnswer(200, formatOpenMetrics(answer.document), OPEN_METRICS_TYPE)
}
