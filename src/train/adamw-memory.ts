// AdamW's state in WebAssembly memory, updated there in one pass: for engines whose gradients arrive on the processor.
// The same formula as adamw.ts, which engines use that keep their state elsewhere.
import { ADAMW_BINARY } from './wasm/adamw-binary.js';
import { adamWScalars, isDecayed, type AdamWConfig } from './adamw.js';

/** One weight with its moments and the place where its gradient is to be written; views of the same memory. */
export interface AdamWSlot {
  value: Float32Array;
  /** First moment. */
  m: Float32Array;
  /** Second moment. */
  v: Float32Array;
  gradient: Float32Array;
}

interface Kernel {
  memory: WebAssembly.Memory;
  update(
    value: number,
    m: number,
    v: number,
    gradient: number,
    bytes: number,
    beta1: number,
    scale1: number,
    beta2: number,
    scale2: number,
    stepSize: number,
    epsilon: number,
    decay: number,
  ): void;
}

export interface AdamWMemory {
  slots: ReadonlyMap<string, AdamWSlot>;
  /**
   * Updates every weight from its gradient, in place.
   * @param clip the factor of all gradients, see `clipFactor`
   * @param step from 1
   */
  update(learningRate: number, step: number, clip: number): void;
}

const PAGE_BYTES = 65_536;
/** Of one memory; WebAssembly addresses 4 GiB, and a bigger model takes several. */
const MEMORY_BYTES = 2 ** 30;
const LANES = 4;

/** Names whose four arrays fit into one memory, group by group; an array that is bigger gets a memory of its own. */
function groups(sizes: ReadonlyMap<string, number>): string[][] {
  const result: string[][] = [];
  let free = 0;
  for (const [name, size] of sizes) {
    const bytes = paddedBytes(size) * 4;
    if (bytes > free) {
      result.push([]);
      free = MEMORY_BYTES;
    }
    result.at(-1)?.push(name);
    free -= bytes;
  }
  return result;
}

const paddedBytes = (size: number) => Math.ceil(size / LANES) * LANES * Float32Array.BYTES_PER_ELEMENT;

/**
 * Zeroed memory for weights of the given sizes (elements).
 * @throws RangeError where the memory cannot be had
 */
export function createAdamWMemory(sizes: ReadonlyMap<string, number>, config: AdamWConfig): AdamWMemory {
  const module = new WebAssembly.Module(Buffer.from(ADAMW_BINARY, 'base64'));
  const slots = new Map<string, AdamWSlot>();
  const updates: { kernel: Kernel; offset: number; bytes: number; decayed: boolean; factor: number }[] = [];
  for (const names of groups(sizes)) {
    const kernel = new WebAssembly.Instance(module).exports as unknown as Kernel;
    const bytes = names.reduce((sum, name) => sum + paddedBytes(sizes.get(name) as number) * 4, 0);
    const missing = Math.ceil(bytes / PAGE_BYTES) - kernel.memory.buffer.byteLength / PAGE_BYTES;
    // Before any view is made: growing detaches them.
    if (missing > 0) kernel.memory.grow(missing);
    let offset = 0;
    for (const name of names) {
      const size = sizes.get(name) as number;
      const stride = paddedBytes(size);
      const view = (index: number) => new Float32Array(kernel.memory.buffer, offset + index * stride, size);
      slots.set(name, { value: view(0), m: view(1), v: view(2), gradient: view(3) });
      updates.push({
        kernel,
        offset,
        bytes: stride,
        decayed: isDecayed(name),
        factor: config.rateFactor?.(name) ?? 1,
      });
      offset += stride * 4;
    }
  }
  return {
    slots,
    update(learningRate, step, clip) {
      for (const { kernel, offset, bytes, decayed, factor } of updates) {
        const scalars = adamWScalars(config, learningRate * factor, step);
        kernel.update(
          offset,
          offset + bytes,
          offset + 2 * bytes,
          offset + 3 * bytes,
          bytes,
          config.beta1,
          clip * (1 - config.beta1),
          config.beta2,
          clip * clip * (1 - config.beta2),
          scalars.step_size,
          scalars.scaled_epsilon,
          decayed ? scalars.decay : 1,
        );
      }
    },
  };
}
