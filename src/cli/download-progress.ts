// Progress of downloads: one line that is written over on a terminal; elsewhere a line for each file.
import type { CliContext } from './context.js';

export interface DownloadState {
  file: string;
  bytesDone: number;
  /** Undefined where the server does not say. */
  bytesTotal: number | undefined;
}

export interface DownloadReporter {
  show(state: DownloadState): void;
  /** Leaves the line, so that what is printed next begins a new one. */
  end(): void;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

export function createDownloadReporter(context: Pick<CliContext, 'stderr' | 'isTerminal'>): DownloadReporter {
  let shownFile: string | undefined;
  let open = false;
  return {
    show({ file, bytesDone, bytesTotal }) {
      if (context.isTerminal) {
        const total = bytesTotal === undefined ? '' : ` of ${megabytes(bytesTotal)}`;
        context.stderr.write(`\r\u001b[2K${file}  ${megabytes(bytesDone)}${total} MB`);
        open = true;
      } else if (file !== shownFile) context.stderr.write(`fetching ${file}\n`);
      shownFile = file;
    },
    end() {
      if (open) context.stderr.write('\n');
      open = false;
    },
  };
}
