// Loads ONNX Runtime through its one door and uses it: nobody's model, so that only the library itself is at work.
import { loadRuntime } from '../../../dist/src/onnx/runtime.js';

const { InferenceSession } = await loadRuntime();
await InferenceSession.create(Buffer.from([1, 2, 3])).catch(() => process.stdout.write('refused\n'));
