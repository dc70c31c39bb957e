// The one door to TensorFlow.js: loads the CommonJS build, gradients registered, without its console advice.
import tf from '@tensorflow/tfjs';

tf.enableProdMode();

export { tf };
export type { Tensor, DataType, TensorInfo } from '@tensorflow/tfjs';
