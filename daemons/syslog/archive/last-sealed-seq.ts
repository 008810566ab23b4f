import { SealedBlock } from './sealed-block.ts'
import { SealedSegment } from './sealed-segment.ts'

/**
 * Number of the last message of a sealed segment, for a store whose newest segment is a sealed one: somebody deleted the
 * one behind it.
 *
 * @param firstSeq what to say when it cannot be read
 */
export function readLastSealedSeq(path: string, firstSeq: number): number {
  try {
    return Math.max(firstSeq, new SealedBlock(new SealedSegment(path).groups, 0).range('seq')[1])
  } catch {
    return firstSeq
  }
}
