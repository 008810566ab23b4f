import koffi from 'koffi'
import { check, declare } from './libc.ts'

const shmget = declare<(key: number, size: number, flags: number) => number>(
  'int shmget(int key, size_t size, int flags)',
)
const shmat = declare<(id: number, address: bigint, flags: number) => bigint>(
  'void *shmat(int id, void *address, int flags)',
)
const shmctl = declare<(id: number, command: number, into: Uint8Array) => number>(
  'int shmctl(int id, int command, void *into)',
)

const IPC_PRIVATE = 0
const IPC_CREAT_0600 = 0o1600
const IPC_RMID = 0
const IPC_STAT = 2
/** struct shmid64_ds, linux/shm.h: its ipc64_perm takes 48 bytes on both machines, then comes the size. */
const SHMID_DS_BYTES = 112
const SHM_SEGSZ = 48
const FAILED = new Set([-1n, 2n ** 64n - 1n])

/** Memory that outlives its process, until somebody removes it or the machine restarts. */
export interface LastingMemory {
  /** By this the next process finds it. */
  readonly id: number
  readonly memory: ArrayBuffer
  /** Where it is in this process. */
  readonly address: bigint
  /** Frees it once its last process is gone. */
  remove(): void
}

/**
 * Makes zeroed memory that a killed process leaves to its successor (System V shared memory). Unlike a mapped file it needs
 * no disk: to write into it cannot fail, not even when the disk is full.
 *
 * @throws Error where the kernel gives none
 */
export function makeLastingMemory(bytes: number): LastingMemory {
  const made = attach(check(shmget(IPC_PRIVATE, bytes, IPC_CREAT_0600), 'shmget'), bytes)
  if (made === null) throw new Error('shmat: cannot attach')
  return made
}

/** Finds what an earlier process left; null when it is gone, not ours or smaller. */
export function findLastingMemory(id: number, bytes: number): LastingMemory | null {
  const state = new Uint8Array(SHMID_DS_BYTES)
  if (shmctl(id, IPC_STAT, state) < 0) return null
  return new DataView(state.buffer).getBigUint64(SHM_SEGSZ, true) < BigInt(bytes) ? null : attach(id, bytes)
}

function attach(id: number, bytes: number): LastingMemory | null {
  const address = shmat(id, 0n, 0)
  if (FAILED.has(address)) return null
  return {
    id,
    memory: viewMemory(address, bytes),
    address,
    remove: () => void shmctl(id, IPC_RMID, new Uint8Array(SHMID_DS_BYTES)),
  }
}

/** Memory of this process by its address, for another of its threads. */
export function viewMemory(address: bigint, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes)
}
