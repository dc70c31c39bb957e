// What a system lacks for a GPU, told for made-up systems: the checks read nothing but what is given to them.
import { describe, expect, it } from 'vitest';
import { describeWays } from '../../src/gpu/report.js';
import {
  cudaRequirements,
  tensorflowRequirements,
  webgpuRequirements,
  type Requirement,
  type System,
} from '../../src/gpu/requirements.js';

const PROVIDER = '/package/libonnxruntime_providers_cuda.so';

/** @param commands "command" to what it prints */
function system(part: Partial<System>, commands: Record<string, string> = {}): System {
  return {
    platform: 'linux',
    arch: 'x64',
    nodeVersion: '20.20.0',
    glibc: '2.36',
    libraryFolders: [],
    exists: () => false,
    run: (command) => commands[command] ?? null,
    ...part,
  };
}

const ldconfig = (...names: string[]) =>
  names.map((name) => `\t${name} (libc6,x86-64) => /lib/${name}`).join('\n');
const missing = (requirements: Requirement[]) =>
  requirements.filter(({ met }) => !met).map(({ name }) => name);
const named = (requirements: Requirement[], name: string) => requirements.find((one) => one.name === name);

const CUDA_11 = [
  'libcudart.so.11.0',
  'libcublas.so.11',
  'libcublasLt.so.11',
  'libcufft.so.10',
  'libcurand.so.10',
  'libcusolver.so.11',
  'libcusparse.so.11',
];

describe('tfjs-node-gpu', () => {
  it('has all it needs on a machine with a driver, CUDA 11 and cuDNN 8', () => {
    const ready = system(
      {},
      { 'nvidia-smi': 'Tesla T4, 525.1\n', ldconfig: ldconfig(...CUDA_11, 'libcudnn.so.8') },
    );
    expect(missing(tensorflowRequirements(ready))).toEqual([]);
    expect(named(tensorflowRequirements(ready), 'NVIDIA driver')?.detail).toBe('Tesla T4, 525.1');
  });

  it('names the libraries that only another CUDA has', () => {
    const newer = system(
      {},
      {
        'nvidia-smi': 'L4, 580.1\n',
        ldconfig: ldconfig('libcudart.so.12', 'libcurand.so.10', 'libcudnn.so.9'),
      },
    );
    const requirements = tensorflowRequirements(newer);
    expect(missing(requirements)).toEqual(['CUDA 11', 'cuDNN 8']);
    expect(named(requirements, 'CUDA 11')?.detail).toMatch(
      /^missing: libcudart.so.11.0, .*libcusparse.so.11$/,
    );
    expect(named(requirements, 'CUDA 11')?.detail).not.toContain('libcurand');
  });

  it('finds libraries in LD_LIBRARY_PATH, and ldconfig outside the path of the user', () => {
    const own = system(
      { libraryFolders: ['/opt/cudnn'], exists: (file) => file === '/opt/cudnn/libcudnn.so.8' },
      { '/sbin/ldconfig': ldconfig(...CUDA_11) },
    );
    expect(missing(tensorflowRequirements(own))).toEqual(['NVIDIA driver']);
  });

  it('is told to be for Linux with glibc, and Node of today', () => {
    expect(missing(tensorflowRequirements(system({ platform: 'darwin' })))).toContain('system');
    expect(missing(tensorflowRequirements(system({ glibc: undefined })))).toContain('system');
    expect(missing(tensorflowRequirements(system({ nodeVersion: '18.1.0' })))).toContain('Node');
    expect(named(tensorflowRequirements(system({ nodeVersion: '24.0.0' })), 'Node')).toMatchObject({
      met: true,
      detail: expect.stringContaining('Nunchi provides') as string,
    });
  });
});

describe("ONNX Runtime's CUDA provider", () => {
  it('is missing until it is fetched, and the command says how', () => {
    const requirements = cudaRequirements(system({}), PROVIDER);
    expect(named(requirements, 'CUDA provider')).toMatchObject({
      met: false,
      mend: 'npm run setup:gpu -- --cuda',
    });
    expect(missing(requirements)).toEqual(expect.arrayContaining(['CUDA 12', 'cuDNN 9']));
  });

  it('says itself what it is linked with and cannot find', () => {
    const ldd =
      'libcublas.so.12 => not found\n libc.so.6 => /lib/libc.so.6\n libcudnn.so.9 => not found\n libonnxruntime_providers_shared.so => not found';
    const fetched = system({ exists: (file) => file === PROVIDER }, { ldd });
    expect(named(cudaRequirements(fetched, PROVIDER), 'CUDA and cuDNN libraries')).toMatchObject({
      met: false,
      detail: 'missing: libcublas.so.12, libcudnn.so.9',
    });
  });
});

describe('WebGPU', () => {
  it('needs the Vulkan loader on Linux, and nothing on macOS', () => {
    expect(missing(webgpuRequirements(system({})))).toEqual(['Vulkan loader']);
    expect(missing(webgpuRequirements(system({}, { ldconfig: ldconfig('libvulkan.so.1') })))).toEqual([]);
    expect(missing(webgpuRequirements(system({ platform: 'darwin', arch: 'arm64' })))).toEqual([]);
    expect(missing(webgpuRequirements(system({ arch: 'arm64' })))).toContain('system');
  });
});

describe('the report', () => {
  it('says under each missing thing what to do', () => {
    const text = describeWays(system({}), PROVIDER);
    expect(text).toContain('Any other GPU (ONNX Runtime on WebGPU): 1 of 2 missing');
    const at = text.findIndex((line) => line.startsWith('  MISSING  Vulkan loader: missing: libvulkan.so.1'));
    expect(text[at + 1]).toMatch(/^ {11}Install it \(Debian, Ubuntu: libvulkan1\)/);
  });
});
