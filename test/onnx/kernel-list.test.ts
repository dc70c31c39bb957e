// Every TensorFlow.js kernel that the model and its training use is one that tfjs-node has: held against its own list,
// without the library.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bertKernels } from '../fixtures/bert-kernels.js';
import { kernels } from '../../src/onnx/kernels.js';
import { PACKAGE_ROOT } from '../../src/paths.js';

const list = JSON.parse(readFileSync(path.join(PACKAGE_ROOT, 'src/gpu/native-kernels.json'), 'utf8')) as {
  kernels: string[];
};
const missing = (names: Iterable<string>) => [...names].filter((name) => !list.kernels.includes(name)).sort();

describe('the kernels that tfjs-node has', () => {
  it('are known', () => {
    expect(list.kernels.length).toBeGreaterThan(100);
    expect(missing(['BatchMatMul', 'NoSuchKernel'])).toEqual(['NoSuchKernel']);
  });

  it('cover every kernel of the tracer', () => {
    expect(missing(Object.keys(kernels)), 'kernels missing in tfjs-node').toEqual([]);
  });

  it('cover the forward pass and the training step', async () => {
    const used = await bertKernels();
    expect(used).toEqual(expect.arrayContaining(['BatchMatMul', 'GatherV2', 'UnsortedSegmentSum']));
    expect(missing(used), 'kernels missing in tfjs-node').toEqual([]);
  });
});
