/**
 * How a page looks: light and dark by what the reader's system asks for, one or two columns by the width, and ink-saving
 * on paper. Colours of series are those of Okabe and Ito ("Color Universal Design", 2008), which colour-blind readers
 * tell apart, with yellow and black left out for the sake of both backgrounds.
 */

const light = ['#0072b2', '#d55e00', '#009e73', '#a3508a', '#b07c00', '#3b8fc4', '#5f5f5f', '#8a3a1e'];
const dark = ['#56b4e9', '#f08a3c', '#2fc79a', '#dd94c2', '#e6b33c', '#9fd2f2', '#b5b5b5', '#e0a08a'];
const dashes = ['none', '7 3', '2 3', '9 3 2 3', '12 4', '4 2 1 2', '1 2', '8 2 4 2'];

type Theme = Readonly<Record<'paper' | 'ink' | 'faint' | 'rule' | 'cell' | 'card' | 'good' | 'bad', string>>;

const lightTheme: Theme = {
  paper: '#fff',
  ink: '#1b1f24',
  faint: '#5b6570',
  rule: '#d6dbe1',
  cell: '#0072b2',
  card: '#f6f8fa',
  good: '#11753f',
  bad: '#b3261e',
};
const darkTheme: Theme = {
  paper: '#14181d',
  ink: '#e6eaef',
  faint: '#a0abb6',
  rule: '#333c46',
  // Darker than the series: white figures stand on it.
  cell: '#2b7fb8',
  card: '#1b2128',
  good: '#5fd08f',
  bad: '#ff8d84',
};

const variables = (theme: Theme, colours: readonly string[]) =>
  [
    ...Object.entries(theme).map(([name, colour]) => `--${name}:${colour}`),
    ...colours.map((colour, index) => `--s${index}:${colour}`),
  ].join(';');
const lightVariables = variables(lightTheme, light);
const darkVariables = variables(darkTheme, dark);

/** What of a drawing has a colour. */
function colourRules(
  { paper, ink, faint, rule, cell }: Omit<Theme, 'card' | 'good' | 'bad'>,
  series: readonly string[],
) {
  const own = series.map(
    (colour, index) =>
      `.s${index} .line{stroke:${colour}}.s${index} .below,.s${index} .mark,.s${index} .bar{fill:${colour}}`,
  );
  return `svg text{fill:${ink}}svg .tick,svg .label{fill:${faint}}svg .grid{stroke:${rule}}svg .axis{stroke:${faint}}
svg .whisker{stroke:${ink}}svg .cell{fill:${cell}}svg .cell.none{fill:${rule}}svg .paper{fill:${paper}}
${own.join('\n')}`;
}

const dashRules = dashes.slice(1).map((dash, index) => `.s${index + 1} .line{stroke-dasharray:${dash}}`);

const shapeRules = `
svg text{font:13px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
svg .tick{font-size:12px}
svg .label,svg .value,svg .celltext,svg .name{font-size:12.5px}
svg .heading{font-size:14px;font-weight:600}
svg .grid{stroke-width:.7}
svg .axis{fill:none;stroke-width:1}
svg .line{fill:none;stroke-width:1.9;stroke-linejoin:round}
svg .below{fill-opacity:.13}
svg .whisker{fill:none;stroke-width:1.3}
svg .cell.none{fill-opacity:.4}
svg .celltext.strong{font-weight:600}
${dashRules.join('')}
`;

const byVariable = (name: string) => `var(--${name})`;
const drawingCss = `${shapeRules}${colourRules(
  {
    paper: byVariable('paper'),
    ink: byVariable('ink'),
    faint: byVariable('faint'),
    rule: byVariable('rule'),
    cell: byVariable('cell'),
  },
  light.map((_, index) => byVariable(`s${index}`)),
)}`;

/** For a drawing that stands alone. Without variables, which not all that draws SVG knows. */
export const standaloneCss = `${shapeRules}${colourRules(lightTheme, light)}
@media(prefers-color-scheme:dark){${colourRules(darkTheme, dark)}}`;

export const pageCss = `
:root{color-scheme:light dark;${lightVariables}}
@media(prefers-color-scheme:dark){:root{${darkVariables}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1280px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:1.75rem;line-height:1.2;margin:.2em 0}
h2{font-size:1.3rem;margin:2.2em 0 .6em;padding-bottom:.2em;border-bottom:1px solid var(--rule)}
h3{font-size:1rem;margin:0;line-height:1.35}
p{margin:.5em 0;max-width:75ch}
.faint,figcaption p{color:var(--faint);font-size:.86rem}
figcaption p{margin:.2em 0 .5em}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:18px;align-items:start}
.chart{margin:0;padding:14px;border:1px solid var(--rule);border-radius:8px;background:var(--card);min-width:0;break-inside:avoid}
.size{float:right;margin-left:12px;font-size:.8rem;color:var(--faint);text-decoration:none}
.size:hover,.size:focus{text-decoration:underline}
.smaller,.chart:target .larger{display:none}
.chart:target .smaller{display:inline}
.chart:target{grid-column:1/-1;scroll-margin-top:12px}
.chart>svg{display:block;width:100%;height:auto}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0 0 6px;padding:0;font-size:.82rem}
.legend li{display:flex;align-items:center;gap:6px;min-width:0;overflow-wrap:anywhere}
.legend svg{width:28px;height:12px;flex:none}
details{margin-top:8px;font-size:.85rem}
summary{cursor:pointer;color:var(--faint)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
th,td{padding:4px 10px 4px 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--rule)}
th:first-child,td.text,.words td:nth-child(2),.words td:nth-child(3),.words th:nth-child(2){text-align:left}
.fields th,.fields td{text-align:left;padding-right:18px}
.fields tbody th{overflow-wrap:normal;white-space:nowrap}
.fields td:nth-child(n+3){width:50%;min-width:9em;overflow-wrap:anywhere}
thead th{color:var(--faint);font-weight:600;vertical-align:bottom}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:8em}
.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:.6em 0;font-size:.92rem}
dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere;min-width:0}
ul.notes li+li{margin-top:.4em}
.why{margin:0 0 1.6em}
ul.notes{padding-left:1.2em;max-width:90ch;font-size:.92rem}
.method{border-left:3px solid var(--rule);padding:.1em 0 .1em 14px;font-size:.9rem}
.tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:22px 36px}
.tables>div{min-width:0}
@media(max-width:960px){.size,.chart:target .smaller{display:none}}
@media(max-width:560px){main{padding:14px 10px 40px}.chart{padding:10px}dl{grid-template-columns:1fr}dt{margin-top:.4em}}
@media print{.size{display:none!important}:root{${lightVariables};color-scheme:light}body{font-size:11pt}main{max-width:none;padding:0}.charts{grid-template-columns:1fr 1fr}.chart{background:none}h2{break-after:avoid}details:not([open])>*{display:none}}
${drawingCss}
`;
