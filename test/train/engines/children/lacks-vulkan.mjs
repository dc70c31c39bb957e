// Prints what is missing and answers with something else, as Dawn does where there is no Vulkan.
process.stderr.write("Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file\n");
const probe = {
  name: 'onnxruntime-webgpu',
  state: 'unavailable',
  reason: 'no adapter',
  hint: null,
  deviation: null,
  stepMs: null,
};
process.send(probe, undefined, {}, () => process.exit(0));
