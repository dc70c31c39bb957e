// `doctor`: what works on this machine, found out by trying it, and how to mend what does not.
import type { CliContext, RegisterCommand } from '../context.js';
import type { Finding } from '../../doctor/finding.js';
import { NunchiError } from '../../errors.js';
import { columns, printJson, printLines } from '../output.js';

const MARKS: Record<Finding['state'], string> = { ok: 'ok', note: '-', problem: 'PROBLEM' };

export const registerDoctor: RegisterCommand = (program, context: CliContext) => {
  program
    .command('doctor')
    .description('try what Nunchi needs on this machine and say how to mend what fails')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  $ npm run -s nunchi -- doctor')
    .action(async (options: { json?: boolean }) => {
      // Loads TensorFlow.js, for which no other command should wait.
      const { examine } = await import('../../doctor/examine.js');
      const findings = await examine(() => context.config());
      const problems = findings.filter((finding) => finding.state === 'problem').length;
      if (options.json) printJson(context, { ok: problems === 0, findings });
      else {
        const rows = findings.map(({ name, state, detail }) => [MARKS[state], name, detail]);
        const mends = findings.flatMap(({ name, mend }) => (mend === null ? [] : [`${name}: ${mend}`]));
        printLines(context, [...columns(rows), ...(mends.length === 0 ? [] : ['', ...mends])]);
      }
      if (problems > 0) {
        throw new NunchiError('invalid-config', `${problems} of ${findings.length} findings are problems`, {
          hint: 'Each finding above says how to mend it.',
        });
      }
    });
};
