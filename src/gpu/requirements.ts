// What each way to a GPU needs of the system, looked for and told in plain words. Reads only; nothing is installed.

/** The system as the checks see it; a test gives another one. */
export interface System {
  platform: string;
  arch: string;
  nodeVersion: string;
  /** undefined where the C library is another one. */
  glibc: string | undefined;
  /** Folders in which libraries are searched before the system's own. */
  libraryFolders: readonly string[];
  exists(file: string): boolean;
  /** What the command prints, or null where it is not there or fails. */
  run(command: string, args: readonly string[]): string | null;
}

export interface Requirement {
  name: string;
  met: boolean;
  /** What was found, or what is not there. */
  detail: string;
  /** What to do where it is not met. */
  mend: string;
}

/** TensorFlow 2.9, which tfjs-node-gpu 4.22.0 brings, uses the GPU only where it finds all of these. */
const CUDA_11 = [
  'libcudart.so.11.0',
  'libcublas.so.11',
  'libcublasLt.so.11',
  'libcufft.so.10',
  'libcurand.so.10',
  'libcusolver.so.11',
  'libcusparse.so.11',
];
const CUDNN_8 = ['libcudnn.so.8'];
const CUDA_12 = [
  'libcudart.so.12',
  'libcublas.so.12',
  'libcublasLt.so.12',
  'libcufft.so.11',
  'libcurand.so.10',
];
const CUDNN_9 = ['libcudnn.so.9'];

function hasLibrary(system: System, name: string): boolean {
  if (system.libraryFolders.some((folder) => system.exists(`${folder}/${name}`))) return true;
  // Where an ordinary user's path lacks it.
  const known = system.run('ldconfig', ['-p']) ?? system.run('/sbin/ldconfig', ['-p']) ?? '';
  return known.split('\n').some((line) => line.trim().startsWith(`${name} `));
}

function libraries(system: System, name: string, files: readonly string[], mend: string): Requirement {
  const missing = files.filter((file) => !hasLibrary(system, file));
  const met = missing.length === 0;
  const detail = met ? files.join(', ') : `missing: ${missing.join(', ')}`;
  return {
    name,
    met,
    detail,
    mend: `${mend} Where they are installed elsewhere, put their folder into LD_LIBRARY_PATH.`,
  };
}

function linuxX64(system: System, what: string): Requirement {
  const { platform, arch, glibc } = system;
  const found = `${platform} ${arch}${platform !== 'linux' ? '' : glibc === undefined ? ', not glibc' : `, glibc ${glibc}`}`;
  return {
    name: 'system',
    met: platform === 'linux' && arch === 'x64' && glibc !== undefined,
    detail: found,
    mend: `${what} needs Linux on x64 with glibc; elsewhere use WebGPU.`,
  };
}

function driver(system: System): Requirement {
  const cards = system
    .run('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'])
    ?.trim();
  const met = cards !== undefined && cards !== '';
  return {
    name: 'NVIDIA driver',
    met,
    detail: met ? cards.replaceAll('\n', '; ') : 'nvidia-smi is not there or sees no card',
    mend: 'Install the driver of the card (Debian: nvidia-driver); in a container, start it with the NVIDIA container toolkit.',
  };
}

/** TensorFlow.js with @tensorflow/tfjs-node-gpu. */
export function tensorflowRequirements(system: System): Requirement[] {
  const major = Number(system.nodeVersion.split('.')[0]);
  return [
    linuxX64(system, '@tensorflow/tfjs-node-gpu'),
    {
      name: 'Node',
      met: major >= 20,
      detail:
        major > 22
          ? `${system.nodeVersion} (Nunchi provides what the package lacks there)`
          : system.nodeVersion,
      mend: 'Install Node 20 or 22.',
    },
    driver(system),
    libraries(system, 'CUDA 11', CUDA_11, 'Install the CUDA toolkit 11.2 or a later 11.'),
    libraries(system, 'cuDNN 8', CUDNN_8, 'Install cuDNN 8 for CUDA 11.'),
  ];
}

/** @param providerFile the CUDA provider's library, which says itself what it misses once it is there */
export function cudaRequirements(system: System, providerFile: string): Requirement[] {
  const there = system.exists(providerFile);
  const provider = {
    name: 'CUDA provider',
    met: there,
    detail: there ? providerFile : 'not in the onnxruntime-node package',
    mend: 'npm run setup:gpu -- --cuda',
  };
  return [
    linuxX64(system, "ONNX Runtime's CUDA provider"),
    driver(system),
    provider,
    ...cudaLibraries(system, there ? providerFile : null),
  ];
}

function cudaLibraries(system: System, providerFile: string | null): Requirement[] {
  const mend =
    'Install the CUDA 12 runtime libraries and cuDNN 9. A newer driver (CUDA 13) runs them: only the libraries must be of version 12.';
  const linked = providerFile === null ? null : system.run('ldd', [providerFile]);
  if (linked === null) {
    return [libraries(system, 'CUDA 12', CUDA_12, mend), libraries(system, 'cuDNN 9', CUDNN_9, mend)];
  }
  const missing = linked.split('\n').flatMap((line) => /^\s*(\S+) => not found/.exec(line)?.[1] ?? []);
  // Comes with the provider, in its own folder, and is loaded before it.
  const others = missing.filter((name) => !name.startsWith('libonnxruntime'));
  const met = others.length === 0;
  const detail = met ? 'every library that it is linked with' : `missing: ${others.join(', ')}`;
  return [{ name: 'CUDA and cuDNN libraries', met, detail, mend }];
}

/** ONNX Runtime on WebGPU: any vendor's card. */
export function webgpuRequirements(system: System): Requirement[] {
  const { platform, arch } = system;
  const able = platform === 'darwin' || platform === 'win32' || (platform === 'linux' && arch === 'x64');
  const base: Requirement = {
    name: 'system',
    met: able,
    detail: `${platform} ${arch}`,
    mend: 'onnxruntime-node has WebGPU for macOS, Windows and Linux on x64.',
  };
  if (platform !== 'linux') return [base];
  return [
    base,
    libraries(
      system,
      'Vulkan loader',
      ['libvulkan.so.1'],
      'Install it (Debian, Ubuntu: libvulkan1) and the Vulkan driver of the card (NVIDIA: in its driver; AMD, Intel: mesa-vulkan-drivers).',
    ),
  ];
}
