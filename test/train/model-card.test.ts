// What the card of a trained model says about the chat platforms that it learned from.
import { describe, expect, it } from 'vitest';
import { modelCard, type ModelCardFacts } from '../../src/train/model-card.js';

const FACTS: ModelCardFacts = {
  base: 'nunchi-1',
  recipe: { epochs: 2 },
  data: { corrections: 'a'.repeat(64) },
  engine: 'onnxruntime-cpu',
  finalLoss: 0.25,
  best: undefined,
};

describe('model card', () => {
  it('says under which permission it learned from each platform', () => {
    const card = modelCard({ ...FACTS, permissions: { discord: 'messages', slack: 'off' } });
    expect(card).toContain(
      '## Learned from chat platforms\n\n- discord: messages that were corrected; the operator states',
    );
    expect(card).toContain('- slack: nothing\n\n## Limits');
  });

  it('says nothing of platforms where there are none', () => {
    for (const permissions of [undefined, {}]) {
      expect(modelCard({ ...FACTS, permissions })).not.toContain('chat platforms');
    }
  });
});
