// Trains with ONNX Runtime: the whole step is traced once into one graph with free batch and length.
import { NunchiError } from '../../errors.js';
import { fixedDimensions } from '../../onnx/classifier-graph.js';
import { loadRuntime, type Ort } from '../../onnx/runtime.js';
import { chooseMarkers } from '../../onnx/symbolic.js';
import { trace } from '../../onnx/trace.js';
import type { BertConfig } from '../../bert/config.js';
import type { Weights } from '../../bert/weights.js';
import type { AdamWConfig } from '../adamw.js';
import type { OptimizerState, TrainingEngine, TrainingSession, TrainingSetup } from '../engine.js';
import type { Objective } from '../objective.js';
import { checkFinite, createFeeder } from '../step-feeds.js';
import { stateNames, stepInputs, trainingStep, updatedName } from '../step.js';

/** The training step as a serialized ONNX model; state tensors are inputs `name` and outputs `next:name`. */
export function exportTrainingStep(
  config: BertConfig,
  objective: Objective,
  optimizer: AdamWConfig,
): Uint8Array {
  const [length, batch, rows] = chooseMarkers([config.maxPositions, 251, 509], fixedDimensions(config)) as [
    number,
    number,
    number,
  ];
  const { rowsInput } = objective;
  const states = [...objective.parameterShapes(config)].flatMap(([name, shape]) =>
    Object.values(stateNames(name)).map((stateName) => ({
      name: stateName,
      type: 'float32' as const,
      shape,
    })),
  );
  return trace({
    name: `bert-${objective.name}-step`,
    axes: [
      { name: 'batch', marker: batch, input: 'input_ids', dimension: 0 },
      { name: 'length', marker: length, input: 'input_ids', dimension: 1 },
      ...(rowsInput === undefined ? [] : [{ name: 'rows', marker: rows, input: rowsInput, dimension: 0 }]),
    ],
    inputs: [...stepInputs(config, objective, batch, length, rows), ...states],
    body: (tensors) => trainingStep(config, objective, optimizer, tensors),
  });
}

/** Execution providers of ONNX Runtime that training may use. */
type Provider = 'cpu' | 'webgpu' | 'cuda';

/**
 * The optimizer's state by tensor name, updated in place: each tensor is fed and is its own preallocated output. Sound,
 * since every update waits for the norm of all gradients, behind which no weight is read but by its own update.
 */
type StateTensors = Map<string, Ort.Tensor>;

function createState(runtime: typeof Ort, setup: TrainingSetup): StateTensors {
  const state: StateTensors = new Map();
  for (const [name, shape] of setup.objective.parameterShapes(setup.config)) {
    const size = shape.reduce((product, d) => product * d, 1);
    const parts: [string, Weights][] = [
      [stateNames(name).value, setup.state.weights],
      [stateNames(name).m, setup.state.m],
      [stateNames(name).v, setup.state.v],
    ];
    for (const [stateName, weights] of parts) {
      const data = weights.get(name)?.data.slice() ?? new Float32Array(size);
      state.set(stateName, new runtime.Tensor('float32', data, shape));
    }
  }
  return state;
}

function copyState(setup: TrainingSetup, state: StateTensors, step: number): OptimizerState {
  const pick = (part: 'value' | 'm' | 'v'): Weights =>
    new Map(
      [...setup.objective.parameterShapes(setup.config)].map(([name, shape]) => {
        const tensor = state.get(stateNames(name)[part]) as Ort.Tensor;
        return [name, { shape, data: (tensor.data as Float32Array).slice() }];
      }),
    );
  return { weights: pick('value'), m: pick('m'), v: pick('v'), step };
}

async function openSession(
  runtime: typeof Ort,
  provider: Provider,
  setup: TrainingSetup,
): Promise<Ort.InferenceSession> {
  const model = exportTrainingStep(setup.config, setup.objective, setup.optimizer);
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
  const state = createState(runtime, setup);
  const feeder = createFeeder(setup);
  let step = setup.state.step;
  return {
    async step(batch, learningRate) {
      const feeds: Record<string, Ort.Tensor> = {};
      for (const feed of feeder(batch, learningRate, step)) {
        feeds[feed.name] = new runtime.Tensor(feed.type, feed.data, feed.shape);
      }
      const fetches: Record<string, Ort.Tensor | null> = { loss: null, gradient_norm: null };
      for (const [name, tensor] of state) {
        feeds[name] = tensor;
        fetches[updatedName(name)] = tensor;
      }
      const outputs = await session.run(feeds, fetches);
      const loss = (outputs['loss']?.data as Float32Array)[0] as number;
      const gradientNorm = (outputs['gradient_norm']?.data as Float32Array)[0] as number;
      checkFinite(loss, gradientNorm, step);
      step += 1;
      return { loss, gradientNorm };
    },
    state: () => Promise.resolve(copyState(setup, state, step)),
    dispose: () => session.release(),
  };
}
