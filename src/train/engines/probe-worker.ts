// Child process of one engine's probe: gets its name over the channel, answers with the probe, and ends. Where a time is
// wanted, an answer without it comes first, so that the parent knows what the engine is busy with.
import { endWithParent } from '../../process/end-with-parent.js';
import type { EngineName } from '../engine-names.js';
import { failedProbe, type EngineProbe, type ProbeOptions } from './probe.js';

export interface ProbeRequest {
  engine: EngineName;
  options: ProbeOptions;
}

endWithParent();
process.once('message', (request: ProbeRequest) => void answer(request));

async function answer({ engine, options }: ProbeRequest): Promise<void> {
  const probe = await tryEngine(engine, options);
  process.send?.(probe, undefined, {}, () => process.exit(0));
}

async function tryEngine(name: EngineName, options: ProbeOptions): Promise<EngineProbe> {
  try {
    if (name === 'onnxruntime-webgpu' || name === 'onnxruntime-cuda') {
      // Without a device this fails at once, before TensorFlow.js is loaded for nothing.
      const { multiplyOn } = await import('../../onnx/provider-check.js');
      await multiplyOn(name === 'onnxruntime-cuda' ? 'cuda' : 'webgpu');
    }
    const [{ ENGINES }, { probeEngine }, { timeStep }] = await Promise.all([
      import('./registry.js'),
      import('./probe.js'),
      import('./timing.js'),
    ]);
    const engine = ENGINES[name]();
    const untimed = await probeEngine(engine, { ...options, timed: false });
    if (!options.timed || untimed.state !== 'agrees') return untimed;
    process.send?.(untimed);
    return { ...untimed, stepMs: await timeStep(engine, options.threads) };
  } catch (error) {
    return failedProbe(name, error);
  }
}
