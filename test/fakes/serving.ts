// A serving side without models: a directory stands for a version and a way to read, set by the test.
import { explainByName } from './sentiment.js';
import { NunchiError } from '../../src/errors.js';
import { LABELS, type Label, type Scores } from '../../src/labels.js';
import type { ClassifyResponse, PreparedModel, SentimentService } from '../../src/serve/service.js';

export interface FakeModel {
  version: string;
  read(text: string): Label;
  /** Of everything unless it says otherwise. */
  isSure?(text: string): boolean;
}

export interface FakeServing extends SentimentService {
  /** Directory to model; one that is missing here cannot be loaded. */
  models: Map<string, FakeModel>;
  /** What happened, in order. */
  log: string[];
  /** The next promotion's move of traffic fails with it. */
  failMove: Error | null;
}

function answer(model: FakeModel, texts: readonly string[]): ClassifyResponse {
  const results = texts.map((text) => {
    const label = model.read(text);
    const scores = Object.fromEntries(LABELS.map((name) => [name, name === label ? 0.8 : 0.1])) as Scores;
    return { text, label, confidence: 0.8, scores, abstained: model.isSure?.(text) === false };
  });
  return { model: model.version, results };
}

const missing = (from: string) =>
  new NunchiError('model-missing-file', `there is no model directory ${from}`);

export function createFakeServing(models: Map<string, FakeModel>, directory: string): FakeServing {
  const load = (from: string): FakeModel => {
    const model = models.get(from);
    if (!model) throw missing(from);
    return model;
  };
  let serving = { directory, model: load(directory) };
  const describe = (from: string, model: FakeModel) => ({
    version: model.version,
    directory: from,
    engine: 'fake',
    pid: 0,
  });
  const fake: FakeServing = {
    models,
    log: [],
    failMove: null,
    get model() {
      return describe(serving.directory, serving.model);
    },
    classify: (texts) => Promise.resolve(answer(serving.model, texts)),
    explain: (text, label) => Promise.resolve(explainByName(serving.model.version, text, label)),
    prepare(from): Promise<PreparedModel> {
      const model = models.get(from);
      if (!model) return Promise.reject(missing(from));
      fake.log.push(`prepare ${model.version}`);
      return Promise.resolve({
        model: describe(from, model),
        classify: (texts) => Promise.resolve(answer(model, texts)),
        promote() {
          if (fake.failMove) return Promise.reject(fake.failMove);
          fake.log.push(`promote ${model.version}`);
          serving = { directory: from, model };
          return Promise.resolve();
        },
        discard() {
          fake.log.push(`discard ${model.version}`);
          return Promise.resolve();
        },
      });
    },
    forget() {
      fake.log.push('forget');
      return Promise.resolve();
    },
    stop() {
      fake.log.push('stop');
      return Promise.resolve();
    },
  };
  return fake;
}
