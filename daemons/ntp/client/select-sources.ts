/** One source as the selection sees it. */
export interface Candidate {
  readonly name: string
  readonly offset: number
  /** When it was measured, monotonic milliseconds. */
  readonly atMs: number
  /** How far the truth may lie from the offset: half the way to the reference and all dispersion. @unit seconds */
  readonly distance: number
  readonly jitter: number
  readonly stratum: number
}

export interface Selection {
  /** Those that agree and are good enough to be combined, best first. */
  readonly survivors: readonly Candidate[]
  /** Those whose interval does not meet that of the majority. */
  readonly falsetickers: readonly Candidate[]
}

/** Survivors that clustering leaves at least. @rfc 5905 section 7.2, NMIN */
const MIN_SURVIVORS = 3
/** A source of a higher stratum is worth less by this much. @rfc 5905 section 11.2.1 @unit seconds per stratum */
const STRATUM_DISTANCE = 1

/**
 * Tells truechimers from falsetickers: the largest set of sources whose intervals have a point in common is right, if
 * it is a majority. Then the outliers among them are cast out as long as that makes the rest agree better.
 *
 * @rfc 5905 sections 11.2.1 and 11.2.2
 */
export function selectSources(candidates: readonly Candidate[]): Selection {
  const span = intersection(candidates)
  if (span === null) return { survivors: [], falsetickers: candidates.length > 1 ? candidates : [] }
  const isTrue = ({ offset, distance }: Candidate): boolean =>
    offset - distance <= span.high && offset + distance >= span.low
  return {
    survivors: cluster(candidates.filter(isTrue)),
    falsetickers: candidates.filter((candidate) => !isTrue(candidate)),
  }
}

/** The span that a majority of intervals share; null when no majority agrees. */
function intersection(candidates: readonly Candidate[]): { readonly low: number; readonly high: number } | null {
  const count = candidates.length
  const edges = candidates
    .flatMap(({ offset, distance }) => [
      { at: offset - distance, step: 1 },
      { at: offset, step: 0 },
      { at: offset + distance, step: -1 },
    ])
    .sort((a, b) => a.at - b.at || b.step - a.step)
  for (let allowed = 0; 2 * allowed < count; allowed++) {
    const low = findEdge(edges, count - allowed)
    const high = findEdge(
      edges.toReversed().map(({ at, step }) => ({ at, step: -step })),
      count - allowed,
    )
    if (low === null || high === null || low.at > high.at) continue
    // The middles that lie outside belong to falsetickers as well; more of them than allowed, and nothing is proved.
    const outside = candidates.filter(({ offset }) => offset < low.at || offset > high.at).length
    if (outside <= allowed) return { low: low.at, high: high.at }
  }
  return null
}

/** The first edge at which that many intervals overlap. */
function findEdge(
  edges: readonly { readonly at: number; readonly step: number }[],
  wanted: number,
): { readonly at: number } | null {
  let overlap = 0
  for (const { at, step } of edges) {
    overlap += step
    if (overlap >= wanted) return { at }
  }
  return null
}

function cluster(truechimers: readonly Candidate[]): readonly Candidate[] {
  const ranked = truechimers.toSorted((a, b) => merit(a) - merit(b))
  while (ranked.length > MIN_SURVIVORS) {
    const spreads = ranked.map((one) => selectionJitter(one, ranked))
    const worst = spreads.indexOf(Math.max(...spreads))
    const leastJitter = Math.min(...ranked.map(({ jitter }) => jitter))
    if ((spreads[worst] ?? 0) <= leastJitter) break
    ranked.splice(worst, 1)
  }
  return ranked
}

function merit({ stratum, distance }: Candidate): number {
  return stratum * STRATUM_DISTANCE + distance
}

/** How far the others' offsets lie from this one's. */
function selectionJitter(one: Candidate, all: readonly Candidate[]): number {
  const square = all.reduce((sum, other) => sum + (other.offset - one.offset) ** 2, 0)
  return Math.sqrt(square / Math.max(1, all.length - 1))
}

/**
 * The offset of all survivors together, each weighted by the inverse of its distance.
 *
 * @rfc 5905 section 11.2.3
 * @returns offset and how far the survivors differ from it, both in seconds; atMs: when they were measured, weighted alike
 */
export function combine(survivors: readonly Candidate[]): {
  readonly offset: number
  readonly jitter: number
  readonly atMs: number
} {
  let weight = 0
  let offset = 0
  let at = 0
  for (const one of survivors) {
    weight += 1 / one.distance
    offset += one.offset / one.distance
    at += one.atMs / one.distance
  }
  const first = survivors[0]?.offset ?? 0
  const square = survivors.reduce((sum, one) => sum + (one.offset - first) ** 2 / one.distance, 0)
  if (weight === 0) return { offset: 0, jitter: 0, atMs: 0 }
  return { offset: offset / weight, jitter: Math.sqrt(square / weight), atMs: at / weight }
}
