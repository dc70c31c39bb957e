// What a soak came to, for a person.
import type { Life, Memory } from './bot-process.js';
import type { SoakResult } from './soak.js';

const whole = ({ bot, serving }: Memory) => bot + serving;
const mean = (values: readonly number[]) =>
  values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);

/** From the first third of a life's settled rounds to its last third, in mebibytes; 0 of a life too short for thirds. */
export function memoryGrowth({ samples }: Life): number {
  const third = Math.floor(samples.length / 3);
  if (third === 0) return 0;
  return mean(samples.slice(-third).map(whole)) - mean(samples.slice(0, third).map(whole));
}

/** At most a dozen or so. */
const everyFew = (samples: readonly Memory[]) =>
  samples.filter((_, at) => at % Math.ceil(samples.length / 12) === 0);

export function describeSoak(
  result: SoakResult,
  { seed, boundMiB }: { seed: number; boundMiB: number },
): string {
  const { answers, labels, commands, lives } = result;
  const lines = Object.entries(result.lines).sort(([a], [b]) => a.localeCompare(b));
  const cuts = lines.reduce((sum, [, count]) => sum + count, 0);
  const longest = lives.reduce((one, other) => (other.samples.length > one.samples.length ? other : one));
  const [first, last] = [longest.samples[0], longest.samples.at(-1)];
  const mib = (memory: Memory | undefined) =>
    memory === undefined ? '–' : `${memory.bot.toFixed(0)} + ${memory.serving.toFixed(0)} MiB`;
  return [
    '# Soak',
    '',
    'What `SOAK_WRITE=1 npm run soak` printed last: random events on both platforms (the fakes of `test/fakes`, the real',
    'discord.js and Bolt, the built program), connections that break, interfaces that fail, and a process that is killed.',
    '',
    '| | |',
    '|---|---|',
    `| seed | ${seed} |`,
    `| events | ${result.events} in ${result.rounds} rounds, ${result.seconds} s |`,
    `| kills of the process | ${result.kills} |`,
    `| connections broken | ${cuts}: ${lines.map(([name, count]) => `${name} ${count}`).join(', ')} |`,
    `| Slack events delivered again | ${result.redelivered} |`,
    `| answers | ${answers.addressed} messages to Nunchi, of which ${answers.addressed - answers.least} were deleted at once; ${answers.seen} answers |`,
    `| labels | ${labels.expected} as expected, ${labels.seen} in the database |`,
    `| commands | ${commands.used} used, ${commands.answered} answered (those used while Nunchi was away are lost, as people see) |`,
    `| memory of the longest life | ${longest.samples.length} rounds, bot + its reader: ${mib(first)} after warm-up, ${mib(last)} at its end |`,
    `| the same every few rounds | ${everyFew(longest.samples)
      .map((memory) => `${memory.bot.toFixed(0)} + ${memory.serving.toFixed(0)}`)
      .join(', ')} |`,
    `| growth of memory | ${Math.max(...lives.map(memoryGrowth)).toFixed(1)} MiB from the first third of a life to its last (bound: ${boundMiB} MiB) |`,
    `| errors in the log | ${result.errors.length} |`,
    `| differences | ${result.differences.length} |`,
    '',
  ].join('\n');
}
