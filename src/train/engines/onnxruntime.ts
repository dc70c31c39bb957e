// Trains with ONNX Runtime: loss and gradients are traced once into one graph with free batch and length; the update
// follows in WebAssembly memory, which the graph reads the weights from and writes the gradients to.
import { NunchiError } from '../../errors.js';
import { fixedDimensions } from '../../onnx/classifier-graph.js';
import { loadRuntime, type Ort } from '../../onnx/runtime.js';
import { chooseMarkers } from '../../onnx/symbolic.js';
import { trace } from '../../onnx/trace.js';
import type { BertConfig } from '../../bert/config.js';
import type { Weights } from '../../bert/weights.js';
import { clipFactorOf } from '../adamw.js';
import { createAdamWMemory, type AdamWMemory } from '../adamw-memory.js';
import { createPull } from '../anchor.js';
import type { OptimizerState, TrainingEngine, TrainingSession, TrainingSetup } from '../engine.js';
import type { Objective } from '../objective.js';
import { checkFinite, createFeeder } from '../step-feeds.js';
import { gradientName, gradientStep, lossInputs } from '../step.js';

/** Loss and gradients as a serialized ONNX model; weights are inputs by their names, outputs as of `gradientStep`. */
export function exportGradientStep(config: BertConfig, objective: Objective): Uint8Array {
  const [length, batch, rows] = chooseMarkers([config.maxPositions, 251, 509], fixedDimensions(config)) as [
    number,
    number,
    number,
  ];
  const { rowsInput } = objective;
  const weights = [...objective.parameterShapes(config)].map(([name, shape]) => ({
    name,
    type: 'float32' as const,
    shape,
  }));
  return trace({
    name: `bert-${objective.name}-gradients`,
    axes: [
      { name: 'batch', marker: batch, input: 'input_ids', dimension: 0 },
      { name: 'length', marker: length, input: 'input_ids', dimension: 1 },
      ...(rowsInput === undefined ? [] : [{ name: 'rows', marker: rows, input: rowsInput, dimension: 0 }]),
    ],
    inputs: [...lossInputs(config, objective, batch, length, rows), ...weights],
    body: (tensors) => gradientStep(config, objective, tensors),
  });
}

/** Execution providers of ONNX Runtime that training may use. */
type Provider = 'cpu' | 'webgpu' | 'cuda';

const elements = (shape: readonly number[]) => shape.reduce((product, d) => product * d, 1);

/** The state in memory of its own; the setup's arrays are copied. */
function createState(setup: TrainingSetup): AdamWMemory {
  const shapes = setup.objective.parameterShapes(setup.config);
  const sizes = new Map([...shapes].map(([name, shape]) => [name, elements(shape)]));
  const memory = createAdamWMemory(sizes, setup.optimizer);
  for (const [name, slot] of memory.slots) {
    for (const [part, weights] of [
      ['value', setup.state.weights],
      ['m', setup.state.m],
      ['v', setup.state.v],
    ] as const) {
      const data = weights.get(name)?.data;
      if (data !== undefined) slot[part].set(data);
    }
  }
  return memory;
}

function copyState(shapes: ReadonlyMap<string, number[]>, memory: AdamWMemory, step: number): OptimizerState {
  const pick = (part: 'value' | 'm' | 'v'): Weights =>
    new Map(
      [...memory.slots].map(([name, slot]) => [
        name,
        { shape: shapes.get(name) ?? [], data: slot[part].slice() },
      ]),
    );
  return { weights: pick('value'), m: pick('m'), v: pick('v'), step };
}

async function openSession(
  runtime: typeof Ort,
  provider: Provider,
  setup: TrainingSetup,
): Promise<Ort.InferenceSession> {
  const model = exportGradientStep(setup.config, setup.objective);
  try {
    return await runtime.InferenceSession.create(model, {
      // Alone: ONNX Runtime itself puts on the processor the nodes that the provider has no kernel for.
      executionProviders: [provider],
      intraOpNumThreads: setup.threads,
      interOpNumThreads: 1,
      // Shapes change from step to step, so that a fixed memory plan would only hold memory.
      enableMemPattern: false,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw new NunchiError(
      'engine-unavailable',
      `ONNX Runtime could not open the training graph on ${provider}`,
      {
        cause,
      },
    );
  }
}

/** ONNX Runtime on one of its execution providers, which changes nothing but the session's options. */
export function createOnnxRuntimeEngine(provider: Provider): TrainingEngine {
  return { name: `onnxruntime-${provider}`, open: (setup) => openTraining(provider, setup) };
}

async function openTraining(provider: Provider, setup: TrainingSetup): Promise<TrainingSession> {
  const runtime = await loadRuntime();
  const session = await openSession(runtime, provider, setup);
  const memory = createState(setup);
  // The session holds no more of the setup than this: the weights as they were given may be let go.
  const { state: given, ...run } = setup;
  let step = given.step;
  const shapes = run.objective.parameterShapes(run.config);
  const weights: Record<string, Ort.Tensor> = {};
  const gradients: Record<string, Ort.Tensor> = {};
  for (const [name, slot] of memory.slots) {
    const shape = shapes.get(name) ?? [];
    weights[name] = new runtime.Tensor('float32', slot.value, shape);
    gradients[gradientName(name)] = new runtime.Tensor('float32', slot.gradient, shape);
  }
  const inputs = new Set(session.inputNames);
  const feeder = createFeeder(run);
  const pull = run.anchor === undefined ? undefined : createPull(run.anchor, run.optimizer);
  return {
    async step(batch, learningRate) {
      const feeds: Record<string, Ort.Tensor> = { ...weights };
      for (const { name, type, data, shape } of feeder(batch, learningRate, step)) {
        if (inputs.has(name)) feeds[name] = new runtime.Tensor(type, data, shape);
      }
      const outputs = await session.run(feeds, { loss: null, gradient_norm: null, ...gradients });
      const loss = (outputs['loss']?.data as Float32Array)[0] as number;
      const gradientNorm = (outputs['gradient_norm']?.data as Float32Array)[0] as number;
      checkFinite(loss, gradientNorm, step);
      step += 1;
      memory.update(learningRate, step, clipFactorOf(gradientNorm, run.optimizer.clipNorm));
      if (pull !== undefined) for (const [name, { value }] of memory.slots) pull(name, value, learningRate);
      return { loss, gradientNorm };
    },
    state: () => Promise.resolve(copyState(shapes, memory, step)),
    dispose: () => session.release(),
  };
}
