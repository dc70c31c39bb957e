// Agrees, and is then as slow as a graphics card that a processor plays.
setInterval(() => undefined, 1_000);
process.send({
  name: 'onnxruntime-webgpu',
  state: 'agrees',
  reason: null,
  hint: null,
  deviation: { loss: 0, gradientNorm: 0, update: 0, updateOf: '' },
  stepMs: null,
});
