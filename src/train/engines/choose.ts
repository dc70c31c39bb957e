// Which engine trains: each candidate must first complete a real step on a tiny model.
import type { BertConfig } from '../../bert/config.js';
import { tensorShapes } from '../../bert/config.js';
import { createRandom } from '../../bert/random.js';
import { NunchiError } from '../../errors.js';
import { LABELS } from '../../labels.js';
import { ADAMW_DEFAULTS } from '../adamw.js';
import type { TrainingEngine } from '../engine.js';
import { classification } from '../objective.js';
import { createOnnxRuntimeEngine } from './onnxruntime.js';
import { createTfjsEngine } from './tfjs.js';

export type EngineRequest = 'auto' | 'onnxruntime' | 'tfjs';

export interface EngineProbe {
  name: string;
  works: boolean;
  /** Milliseconds of one step of the tiny model, where it works. */
  stepMs: number | null;
  /** What is missing, where it does not. */
  reason: string | null;
}

const PROBE_CONFIG: BertConfig = {
  vocabularySize: 64,
  hiddenSize: 32,
  layers: 1,
  heads: 2,
  intermediateSize: 64,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: 0.1,
  maxPositions: 64,
  segmentTypes: 2,
  initializerRange: 0.02,
  layerNormEpsilon: 1e-12,
  padTokenId: 0,
  labels: [...LABELS],
};

/** Engines in the order of preference of `auto`: the GPU path first. */
function candidates(request: EngineRequest): TrainingEngine[] {
  const onnxRuntime = createOnnxRuntimeEngine('cpu');
  const tfjs = createTfjsEngine('tensorflow');
  if (request === 'onnxruntime') return [onnxRuntime];
  if (request === 'tfjs') return [tfjs];
  return [tfjs, onnxRuntime];
}

/** Opens the engine on a tiny model and computes two steps; the second one is timed. */
export async function probeEngine(engine: TrainingEngine): Promise<EngineProbe> {
  const random = createRandom(1);
  const weights = new Map(
    [...tensorShapes(PROBE_CONFIG)].map(([name, shape]) => {
      const size = shape.reduce((product, d) => product * d, 1);
      return [
        name,
        { shape, data: Float32Array.from({ length: size }, () => random.normal() * 0.02) },
      ] as const;
    }),
  );
  try {
    const session = await engine.open({
      config: PROBE_CONFIG,
      objective: classification,
      optimizer: ADAMW_DEFAULTS,
      state: { weights, m: new Map(), v: new Map(), step: 0 },
      seed: 1,
      threads: 1,
    });
    const [batch, length] = [2, 8];
    const tokens = {
      input_ids: new Int32Array(batch * length).fill(5),
      attention_mask: new Int32Array(batch * length).fill(1),
      token_type_ids: new Int32Array(batch * length),
    };
    const inputs = { targets: Float32Array.of(1, 0, 0, 0, 0, 1), example_weights: Float32Array.of(0.5, 0.5) };
    try {
      await session.step({ batch, length, tokens, inputs }, 1e-3);
      const start = performance.now();
      await session.step({ batch, length, tokens, inputs }, 1e-3);
      return { name: engine.name, works: true, stepMs: performance.now() - start, reason: null };
    } finally {
      await session.dispose();
    }
  } catch (error) {
    return {
      name: engine.name,
      works: false,
      stepMs: null,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Every engine that Nunchi knows, tried. */
export function probeEngines(): Promise<EngineProbe[]> {
  return candidates('auto').reduce<Promise<EngineProbe[]>>(
    async (previous, engine) => [...(await previous), await probeEngine(engine)],
    Promise.resolve([]),
  );
}

/**
 * The first engine of the request that completes a step.
 * @throws NunchiError `engine-unavailable` naming what each one lacks
 */
export async function chooseEngine(
  request: EngineRequest,
): Promise<{ engine: TrainingEngine; passedOver: string[] }> {
  const passedOver: string[] = [];
  for (const engine of candidates(request)) {
    const probe = await probeEngine(engine);
    if (probe.works) return { engine, passedOver };
    passedOver.push(`${engine.name}: ${probe.reason ?? 'unknown reason'}`);
  }
  throw new NunchiError('engine-unavailable', `no training engine works here (${passedOver.join('; ')})`, {
    hint: 'Run "npm run -s nunchi -- doctor" to see what each engine needs.',
  });
}
