/**
 * Prints the table of docs/gate.md: what the gate does on made-up runs. `npm run bench` compiles it.
 * Arguments: trials, and a part of the names of the scenarios.
 */
import { calm, type Scenario, simulate } from '../src/testing/gate-simulation.js';

const scenarios: Scenario[] = [];
const add = (name: string, given: Partial<Scenario>) => scenarios.push({ ...calm, name, ...given });
for (const count of [10, 20]) {
  add('cv 2 %', { count, cv: 0.02 });
  add('cv 4 %', { count });
  add('cv 4 %, one run in 20 is 1.5 × slower', { count, outliers: 0.05 });
  add('cv 3 %, drift of 8 %, autocorrelation 0.3', { count, cv: 0.03, drift: 0.08, autocorrelation: 0.3 });
  add('cv 12 %, autocorrelation 0.5 (a shared machine)', { count, cv: 0.12, autocorrelation: 0.5 });
}
for (const count of [10, 20]) add('two saved results, cv 4 %', { design: 'independent', count });
for (const cv of [0.04, 0.12]) {
  for (const count of [5, 10]) add(`earlier results, cv ${cv * 100} %`, { design: 'history', count, cv });
}

const trials = Number(process.argv[2] ?? 2000);
const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
console.log('| noise | n | false alarms | after the second run | finds 5 % | 10 % | 20 % |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
const wanted = process.argv[3] ?? '';
for (const [index, scenario] of scenarios.entries()) {
  if (!scenario.name.includes(wanted)) continue;
  const none = simulate(scenario, trials, 1000 + index);
  const found = [1.05, 1.1, 1.2].map((trueRatio, place) =>
    percent(simulate({ ...scenario, trueRatio }, trials / 2, 2000 + 10 * index + place).foundConfirmed),
  );
  const cells = [
    scenario.name,
    scenario.count,
    percent(none.falseAlarms),
    percent(none.falseAlarmsConfirmed),
    ...found,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
