// An engine's probe in a process of its own: whatever a native library does there is a reason, never an accident here.
import { pathToFileURL } from 'node:url';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeInChild } from '../../../src/train/engines/probe-child.js';

const child = (file: string) => pathToFileURL(path.join(import.meta.dirname, 'children', file));
const options = { threads: 1, timed: false };

describe('a probe in its own process', () => {
  it('tells how a process ended that a native library took down', async () => {
    const probe = await probeInChild('onnxruntime-webgpu', options, {
      entry: child('aborts.mjs'),
      deadlineMs: 20_000,
    });
    expect(probe).toMatchObject({ name: 'onnxruntime-webgpu', state: 'rejected', stepMs: null });
    expect(probe.reason).toBe('its process ended with SIGABRT: the driver is gone');
  });

  it('is killed at its deadline where it hangs', async () => {
    const probe = await probeInChild('onnxruntime-cuda', options, {
      entry: child('hangs.mjs'),
      deadlineMs: 300,
    });
    expect(probe).toMatchObject({ state: 'rejected', reason: 'gave no answer within 0.3 s' });
  });

  it('says what the printed error means where the thrown one does not', async () => {
    const probe = await probeInChild('onnxruntime-webgpu', options, {
      entry: child('lacks-vulkan.mjs'),
      deadlineMs: 20_000,
    });
    expect(probe.reason).toBe('no adapter (libvulkan.so.1 is missing)');
    expect(probe.hint).toMatch(/libvulkan1/);
  });

  it('is not waited for where it agrees and then takes too long for a step', async () => {
    const probe = await probeInChild(
      'onnxruntime-webgpu',
      { threads: 1, timed: true },
      { entry: child('agrees-then-hangs.mjs'), timingDeadlineMs: 300 },
    );
    expect(probe).toMatchObject({
      state: 'rejected',
      reason: 'too slow: not one timing of a step within 0.3 s',
    });
  });

  it('computes with the engine that is always there', async () => {
    const probe = await probeInChild('onnxruntime-cpu', { threads: 1, timed: true });
    expect(probe).toMatchObject({ name: 'onnxruntime-cpu', state: 'agrees', reason: null });
    expect(probe.stepMs).toBeGreaterThan(0);
  });
});
