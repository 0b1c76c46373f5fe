/**
 * Prints the table of docs/gate.md: what the gate does on made-up runs. `npm run bench` compiles it.
 * Arguments: trials, and a part of the names of the scenarios.
 */
import { calm, type Scenario, simulate } from '../src/testing/gate-simulation.js';

const scenarios: Scenario[] = [];
const add = (name: string, given: Partial<Scenario>) => scenarios.push({ ...calm, name, ...given });
add('same, cv 1 %', { cv: 0.01 });
add('same, cv 4 %', {});
add('same, cv 12 %', { cv: 0.12 });
add('same, cv 12 %, six jobs', { cv: 0.12, jobCount: 6 });
add('same, cv 4 %, six jobs', { jobCount: 6 });
add('same, cv 3 %, drift of 8 %, autocorrelation 0.3', { cv: 0.03, drift: 0.08, autocorrelation: 0.3 });
add('same, cv 4 %, autocorrelation 0.6', { autocorrelation: 0.6 });
add('same, cv 12 %, autocorrelation 0.6', { cv: 0.12, autocorrelation: 0.6 });
add('same, cv 1 %, a load of 15 % that comes for two runs and goes for two', { cv: 0.01, rhythm: 0.15 });
add('same, cv 4 %, heavy tails', { heavyTails: true });
add('same, cv 4 %, one run in 20 takes half as long again', { outliers: 0.05 });
add('same, cv 1 %, 6 of 20 runs of both sides at half speed', { cv: 0.01, bothSlowOfTwenty: 6 });
add('5 % worse (the tolerance), cv 4 %', { trueRatio: 1.05 });
add('5 % worse (the tolerance), cv 4 %, up to 100 pairs', { trueRatio: 1.05, last: 100 });
add('10 % worse, cv 1 %', { trueRatio: 1.1, cv: 0.01 });
add('10 % worse, cv 4 %', { trueRatio: 1.1 });
add('10 % worse, cv 4 %, heavy tails', { trueRatio: 1.1, heavyTails: true });
add('10 % worse, cv 12 %', { trueRatio: 1.1, cv: 0.12 });
add('20 % worse, cv 4 %', { trueRatio: 1.2 });
add('20 % worse, cv 12 %', { trueRatio: 1.2, cv: 0.12 });
add('20 % worse, cv 12 %, autocorrelation 0.6', { trueRatio: 1.2, cv: 0.12, autocorrelation: 0.6 });
add('4 of 20 new runs at half speed, cv 1 %', { slowOfTwenty: 4, cv: 0.01 });
add('6 of 20 new runs at half speed, cv 1 %', { slowOfTwenty: 6, cv: 0.01 });
add('10 of 20 new runs do nothing, cv 1 %', { idleOfTwenty: 10, cv: 0.01 });
add('1 of 20 new runs does nothing, cv 1 %', { idleOfTwenty: 1, cv: 0.01 });

const trials = Number(process.argv[2] ?? 2000);
const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
console.log('| truth | green | red | not decided | by 20 pairs | median pairs |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
const wanted = process.argv[3] ?? '';
for (const [index, scenario] of scenarios.entries()) {
  if (!scenario.name.includes(wanted)) continue;
  const { green, red, undecided, decidedByTwenty, medianPairs } = simulate(scenario, trials, 1000 + index);
  const cells = [scenario.name, ...[green, red, undecided, decidedByTwenty].map(percent), medianPairs];
  console.log(`| ${cells.join(' | ')} |`);
}
