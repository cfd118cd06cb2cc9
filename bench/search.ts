// TPE beside Optuna's and random search, from the same start points; and the time of a decision behind 1,000 trials.
import { holm } from '../src/statistics/index.ts';
import { mode } from './support/mode.ts';
import { reportRow } from './support/row.ts';
import { searchByOptuna, type OptunaAnswer } from './support/search/optuna.ts';
import { problems } from './support/search/problems.ts';
import { decisionTimes, leastRegrets, runSearch } from './support/search/run.ts';

const budgets = [50, 100];
const trials = Math.max(...budgets);
const startPoints = 10;
/** Those of the report; while something is tried out, others are named by PIPE_BENCH_FIRST_SEED. */
const firstSeed = Number(process.env['PIPE_BENCH_FIRST_SEED'] ?? 0);
const seeds = Array.from({ length: mode() === 'quick' ? 10 : 30 }, (_, at) => firstSeed + at);

const searched = problems.map((problem) => {
  const runs = seeds.map((seed) => {
    const ours = runSearch(problem, { kind: 'tpe', startup: startPoints }, seed, trials);
    const random = runSearch(problem, { kind: 'random' }, seed, trials);
    return {
      seed,
      start: ours.configurations.slice(0, startPoints),
      startRegrets: ours.regrets.slice(0, startPoints),
      best: leastRegrets(ours.regrets, budgets),
      random: leastRegrets(random.regrets, budgets),
    };
  });
  return { ...problem, runs };
});
const timed = ['Hartmann-6', 'mixed', 'conditional'];
const answer = searchByOptuna({ trials, budgets, timed, problems: searched });
if (answer) requireSameFunctions(answer);
reportRegrets();
reportVerdicts();
reportTime();

/** Each problem and number of trials: the least regrets of all seeds. */
function reportRegrets(): void {
  for (const [at, { name, runs }] of searched.entries()) {
    for (const [column, budget] of budgets.entries()) {
      const values = answer?.problems[at]?.optuna.map((row) => row[column] ?? NaN);
      reportRow({
        what: `regret on ${name}, ${budget} trials`,
        unit: '',
        ours: runs.map(({ best }) => best[column] ?? NaN),
        ...(values ? { theirs: { name: `Optuna ${answer?.version}`, values } } : {}),
        note: `random search ${geometricMean(runs.map(({ random }) => random[column] ?? NaN)).toPrecision(3)}`,
      });
    }
  }
}

/** All problems and numbers of trials together. */
function reportVerdicts(): void {
  const level = 0.05;
  const ratios = (other: (problem: number, run: number, column: number) => number | undefined) =>
    searched.flatMap(({ runs }, problem) =>
      runs.flatMap(({ best }, run) => best.map((value, column) => value / (other(problem, run, column) ?? NaN))),
    );
  const toRandom = geometricMean(ratios((problem, run, column) => searched[problem]?.runs[run]?.random[column]));
  reportRow({ what: 'regret, ours / random search, geometric mean', unit: '', ours: [toRandom] });
  if (!answer) return;
  const toOptuna = geometricMean(ratios((problem, run, column) => answer.problems[problem]?.optuna[run]?.[column]));
  const worse = holm(answer.problems.flatMap(({ worseThanOptuna }) => worseThanOptuna));
  const better = holm(answer.problems.flatMap(({ betterThanRandom }) => betterThanRandom));
  const count = (values: readonly number[]) => values.filter((value) => value < level).length;
  const tests = `of ${worse.length}, one-sided Mann-Whitney with Holm, 5 %`;
  reportRow({ what: 'regret, ours / Optuna, geometric mean', unit: '', ours: [toOptuna], aim: 1.1 });
  reportRow({
    what: 'worse than Optuna',
    unit: '',
    ours: [count(worse)],
    aim: 0,
    note: `${tests}; least p ${Math.min(...worse).toPrecision(2)}`,
  });
  reportRow({
    what: 'not better than random search',
    unit: '',
    ours: [better.length - count(better)],
    aim: 0,
    note: `${tests}; greatest p ${Math.max(...better).toPrecision(2)}`,
  });
}

function reportTime(): void {
  for (const problem of problems.filter(({ name }) => timed.includes(name))) {
    const ours = decisionTimes(problem, 1000, 31);
    const what = `a decision behind 1,000 trials, ${problem.name}`;
    reportRow({ what, unit: 'ms', ours, aim: 5 });
    const values = answer?.problems.find(({ name }) => name === problem.name)?.milliseconds;
    if (!answer || !values) continue;
    const theirs = { name: `Optuna ${answer.version}`, values };
    reportRow({ what: `${what}, beside Optuna`, unit: 'ms', ours, theirs });
  }
}

/** The comparison is of one thing only if Python and we compute the same. */
function requireSameFunctions({ problems: others }: OptunaAnswer): void {
  for (const [at, { name, runs }] of searched.entries()) {
    const differs = runs.some(({ startRegrets }, run) =>
      startRegrets.some((value, point) => {
        const other = others[at]?.startRegrets[run]?.[point] ?? NaN;
        return !(Math.abs(value - other) <= 1e-9 * (1 + Math.abs(other)));
      }),
    );
    if (differs) throw new Error(`optuna_search.py computes ${name} differently`);
  }
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
