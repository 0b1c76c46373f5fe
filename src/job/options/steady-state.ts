/** `steadystate` and what belongs to it: end a job when its figures have become steady. */
import { anyNumber, oneOfThese, trueOrFalse } from '../schema.js';
import { done, type Failure, failed, type Parsed, type ValueContext, type ValueType } from '../value-type.js';
import { printDecimal, quote, readDecimal, size, time } from '../values.js';
import { type Option, supported } from './option.js';
import { type DraftWith, held, optionsOf, row, rows } from './row.js';

/** `steadystate`: the job ends when its figures have become steady. With group_reporting those of the group. */
export const steadyStateRows = rows('ending.steadyState', {
  figure: held<'iops' | 'bw' | 'lat'>('iops', oneOfThese('iops', 'bw', 'lat')),
  /** `steadystate=snia`: both criteria of the SNIA's definition, over five rounds of `intervalMs`; the limit says nothing. */
  isSnia: held<boolean>(false, trueOrFalse),
  /** Judge the slope of the regression line; else the largest distance from the mean. */
  isSlope: held<boolean>(true, trueOrFalse),
  /** Per cent of the mean, or I/Os per second, bytes per second, ns (a slope: the same per interval). */
  limit: held(0.01, anyNumber),
  isPercent: held<boolean>(true, trueOrFalse),
  /** Length of the window; 0 = the job does not end for that. */
  durationMs: row({
    name: 'steadystate_duration',
    aliases: ['ss_dur'],
    unit: 's',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'For how long the figures must be steady; 0 = the job does not end for that. With snia always 5 rounds.',
    type: time('s'),
  }),
  rampMs: row({
    name: 'steadystate_ramp_time',
    aliases: ['ss_ramp'],
    unit: 's',
    default: '0',
    initial: 0,
    tier: 2,
    help: 'Let the job run so long before looking whether it is steady.',
    type: time('s'),
  }),
  intervalMs: row({
    name: 'steadystate_check_interval',
    aliases: ['ss_interval'],
    unit: 's',
    default: '1',
    initial: 1000,
    tier: 2,
    help: 'How often to look: a value of the window, or a round of snia and until-steady (10 s unless given).',
    type: time('s'),
  }),
});

type Draft = DraftWith<typeof steadyStateRows>;
type Criterion = Pick<Draft['ending']['steadyState'], 'figure' | 'isSnia' | 'isSlope' | 'limit' | 'isPercent'>;

const example = 'write iops:2%, or bw_slope:0.1%';

/** A limit in bytes per second, in ns (a plain number, as fio compares it with ns; or a time with its unit), or plain. */
function readLimit(figure: Criterion['figure'], text: string, context: ValueContext): number | Failure {
  const plain = readDecimal(text);
  if (figure === 'iops' || (figure === 'lat' && plain !== null)) {
    return plain ?? failed(`${quote(text)} is not a number`, example);
  }
  const parsed: Parsed<number> = figure === 'bw' ? size().parse(text, context) : time('us').parse(text, context);
  if (!parsed.ok) return parsed;
  return figure === 'bw' ? parsed.value : parsed.value * 1e6;
}

/** `snia`, `snia:lat`: the limits are the definition's own. */
function readSnia(text: string): Parsed<Criterion> | null {
  const match = /^snia\s*(?::(.*))?$/.exec(text.trim());
  if (match === null) return null;
  const figure = (match[1] ?? 'iops').trim();
  if (figure !== 'iops' && figure !== 'bw' && figure !== 'lat') {
    return failed(
      `${quote(figure)} is not a figure that snia judges`,
      'write snia, snia:bw or snia:lat; it has limits of its own',
    );
  }
  return done({ figure, isSnia: true, isSlope: false, limit: 20, isPercent: true });
}

const criterion: ValueType<Criterion> = {
  word: 'figure:limit, as in iops_slope:0.1%, or snia',
  parse: (text, context) => {
    if (text === null || text.trim() === '') return failed('has no value', example);
    const snia = readSnia(text);
    if (snia !== null) return snia;
    const colon = text.indexOf(':');
    const name = (colon < 0 ? text : text.slice(0, colon)).trim();
    const match = /^(iops|bw|lat)(_slope)?$/.exec(name);
    if (match === null) {
      return failed(
        `${quote(name)} is not one of its figures`,
        'they are iops, bw and lat, each with _slope too; or write snia',
      );
    }
    const limitText = colon < 0 ? '' : text.slice(colon + 1).trim();
    if (limitText === '') return failed('has no limit', example, name.length);
    const figure = match[1] as Criterion['figure'];
    const isPercent = limitText.endsWith('%');
    const limit = isPercent
      ? (readDecimal(limitText.slice(0, -1).trim()) ?? failed(`${quote(limitText)} is not a percentage`, example))
      : readLimit(figure, limitText, context);
    if (typeof limit !== 'number') return { ...limit, offset: limit.offset + colon + 1 };
    if (!(limit > 0)) return failed('the limit must be above 0: it would never be met', example, colon + 1);
    return done({ figure, isSnia: false, isSlope: match[2] !== undefined, limit, isPercent });
  },
  print: ({ figure, isSnia, isSlope, limit, isPercent }) => {
    if (isSnia) return figure === 'iops' ? 'snia' : `snia:${figure}`;
    return `${figure}${isSlope ? '_slope' : ''}:${printDecimal(limit)}${isPercent ? '%' : ''}`;
  },
};

const steadyState = supported({
  name: 'steadystate',
  aliases: ['ss'],
  default: 'iops_slope:0.01%',
  tier: 2,
  help: "End when iops, bw or lat stay near their mean, or their _slope flat; snia: both of the SNIA's limits.",
  example: 'iops:2%',
  type: criterion,
  get: (draft: Draft) => draft.ending.steadyState,
  set: ({ ending }: Draft, value) => {
    ending.steadyState = { ...ending.steadyState, ...value };
  },
});

export const steadyStateOptions: readonly Option[] = optionsOf(steadyStateRows, { isPercent: [steadyState] });
