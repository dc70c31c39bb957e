// The ways to a GPU as lines for people: what each one needs, what is there, and what to do about the rest.
import {
  cudaRequirements,
  tensorflowRequirements,
  webgpuRequirements,
  type Requirement,
  type System,
} from './requirements.js';

function lines(title: string, requirements: readonly Requirement[]): string[] {
  const missing = requirements.filter(({ met }) => !met).length;
  const state = missing === 0 ? 'everything is there' : `${missing} of ${requirements.length} missing`;
  return [
    `${title}: ${state}`,
    ...requirements.flatMap(({ name, met, detail, mend }) => [
      `  ${met ? 'ok     ' : 'MISSING'}  ${name}: ${detail}`,
      ...(met ? [] : [`           ${mend}`]),
    ]),
  ];
}

/** @param cudaProviderFile where ONNX Runtime's CUDA provider lies once it was fetched */
export function describeWays(system: System, cudaProviderFile: string): string[] {
  return [
    ...lines('NVIDIA with CUDA 11 (@tensorflow/tfjs-node-gpu)', tensorflowRequirements(system)),
    '',
    ...lines('NVIDIA with CUDA 12 or newer (ONNX Runtime)', cudaRequirements(system, cudaProviderFile)),
    '',
    ...lines('Any other GPU (ONNX Runtime on WebGPU)', webgpuRequirements(system)),
  ];
}
