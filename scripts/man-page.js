// man/iotest.1 from the manifest of the commands: made by the build, as the manifest is, so that it is never stale.

/** Text as roff takes it: no line begins a request, and dashes are dashes. */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .split('\n')
    .map((line) => line.replace(/^([.'])/, '\\&$1'))
    .join('\n');
}

function flagLines({ name, char, type, helpValue, description, options }) {
  const value = type === 'option' ? `=${helpValue ?? 'VALUE'}` : '';
  const names = [...(char ? [`-${char}`] : []), `--${name}${value}`].join(', ');
  const values =
    options === undefined || description?.includes(options.join(', ')) ? '' : ` One of ${options.join(', ')}.`;
  return ['.TP', `.B ${roff(names)}`, roff(`${description ?? ''}${values}`)];
}

function commandLines({ id, summary, description, flags, usage, args }) {
  const words =
    usage === undefined
      ? [id.replaceAll(':', ' '), ...Object.keys(args).map((name) => `[${name.toUpperCase()}]`), '[FLAGS]']
      : [usage].flat();
  const own = Object.values(flags).filter(({ hidden }) => !hidden);
  return [
    `.SS ${roff(id.replaceAll(':', ' '))}`,
    `.B iotest ${roff(words.join(' '))}`,
    '.PP',
    roff(summary ?? ''),
    ...(description === undefined ? [] : ['.PP', roff(description)]),
    ...own.sort((a, b) => a.name.localeCompare(b.name)).flatMap(flagLines),
  ];
}

/** The page of `iotest`, section 1. */
export function manPage({ commands }, { version, description }) {
  const shown = Object.values(commands)
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => a.id.localeCompare(b.id));
  return `${[
    `.TH IOTEST 1 "" "iotest ${version}" "User Commands"`,
    // Words as they stand: not stretched to even margins.
    '.ad l',
    '.SH NAME',
    `iotest \\- ${roff(description)}`,
    '.SH SYNOPSIS',
    '.B iotest',
    '.I COMMAND',
    '[\\fIARGUMENT\\fR...] [\\fIFLAGS\\fR]',
    '.SH DESCRIPTION',
    roff(
      'Job files are as fio reads them; iotest options lists their options, and iotest options NAME shows one in full.',
    ),
    '.SH COMMANDS',
    ...shown.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...[
      ['0', 'done; of a gate: pass or improved'],
      ['1', 'a job had errors'],
      ['2', 'bad usage or job file'],
      ['3', 'a gate found a regression'],
      ['4', 'inconclusive, or not steady'],
      ['5', 'what was to be compared cannot be'],
      ['130', 'interrupted: 128 and the number of the signal'],
    ].flatMap(([status, means]) => ['.TP', `.B ${status}`, roff(means)]),
    '.SH ENVIRONMENT',
    ...[
      ['IOTEST_RESULTS', 'the folder of results, unless --results names another'],
      ['NO_COLOR, FORCE_COLOR, TERM', 'whether there are colours; TERM=dumb: nothing is written over'],
      ['LC_ALL, LC_CTYPE, LANG', 'whether tables and charts may use more than ASCII'],
    ].flatMap(([name, means]) => ['.TP', `.B ${roff(name)}`, roff(means)]),
    '.SH SEE ALSO',
    '.BR fio (1)',
  ].join('\n')}\n`;
}
