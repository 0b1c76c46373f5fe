/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: the scripts hold the variables of shells */
/** What shells complete after `iotest`: one description, written as a script for bash and for zsh. */

export interface CompletedCommand {
  /** As typed: `results show`. */
  readonly name: string;
  readonly summary: string;
  /** With their dashes, each with the values that it takes; null = no value, or any. */
  readonly flags: readonly { readonly name: string; readonly values: readonly string[] | null }[];
  /** Words that may stand as its arguments; empty = files. */
  readonly words: readonly string[];
  /** Its arguments are saved results. */
  readonly takesResults: boolean;
}

export interface Completion {
  readonly commands: readonly CompletedCommand[];
  /** Names of options, for `--set`, `--vary` and `--variant`. */
  readonly options: readonly string[];
  /** The values of those that have words for them. */
  readonly optionValues: ReadonlyMap<string, readonly string[]>;
}

export const completionShells = ['bash', 'fish', 'zsh'] as const;
export type CompletionShell = (typeof completionShells)[number];

/**
 * The script asks for the words behind the command, and prints what may come next; both shells have the same one, as
 * zsh runs bash's completions (bashcompinit). `shellcheck` finds nothing in it.
 */
export function completionScript(shell: CompletionShell, completion: Completion): string {
  const head = `# Completion of iotest for ${shell}, made by \`iotest completion ${shell}\`.`;
  if (shell === 'fish') return [head, ...fishLines(completion), ''].join('\n');
  const start = shell === 'zsh' ? ['autoload -Uz bashcompinit && bashcompinit'] : [];
  return [head, ...start, ...bashFunction(completion), 'complete -o default -F _iotest iotest', ''].join('\n');
}

/** Names, beginnings and labels of saved results; the sections of the job files that stand on the line. */
const helpers = [
  '_iotest_results() {',
  '  local folder="${IOTEST_RESULTS:-results}" file',
  '  echo latest; echo latest~1',
  '  for file in "$folder"/*.json; do',
  '    [ -e "$file" ] || continue',
  '    file="${file##*/}"; file="${file%.json}"; echo "$file"',
  '    [ -r "$folder/$file.label" ] && tr -d "\'\\"" <"$folder/$file.label"',
  '  done',
  '}',
  '_iotest_sections() {',
  '  local word',
  '  for word in "${COMP_WORDS[@]}"; do',
  '    [ -f "$word" ] && sed -n \'s/^ *\\[\\([^]]*\\)\\].*/\\1/p\' "$word" | grep -vx global',
  '  done',
  '}',
];

function bashFunction({ commands, options, optionValues }: Completion): string[] {
  const first = [...new Set(commands.map(({ name }) => name.split(' ')[0]!))].sort();
  const topics = first.filter((word) => commands.some(({ name }) => name.startsWith(`${word} `)));
  const below = (topic: string) =>
    commands.filter(({ name }) => name.startsWith(`${topic} `)).map(({ name }) => name.slice(topic.length + 1));
  return [
    ...helpers,
    '_iotest() {',
    '  local current="$2" previous="$3" command="" index word candidates=""',
    '  COMPREPLY=()',
    '  # bash takes "=" for a word of its own: --set iodepth= is three words, and --format=json as well.',
    '  if [ "$previous" = "=" ]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    '  if [ "$current" = "=" ]; then current=""; fi',
    '  for ((index = 1; index < COMP_CWORD; index++)); do',
    '    word="${COMP_WORDS[index]}"',
    '    case "$command" in',
    `      '') case "$word" in -*) ;; *) command="$word" ;; esac ;;`,
    ...topics.map(
      (topic) => `      ${topic}) case "$word" in ${below(topic).join('|')}) command="${topic} $word" ;; esac ;;`,
    ),
    '    esac',
    '  done',
    '  case "$command $previous" in',
    ...commands.flatMap(({ name, flags }) =>
      flags
        .filter(({ values }) => values !== null)
        .map(({ name: flag, values }) => `    '${name} ${flag}') candidates='${values!.join(' ')}' ;;`),
    ),
    // The word before is an option's name, and the value is asked for.
    ...[...optionValues].map(([name, values]) => `    *' ${name}') candidates='${values.join(' ')}' ;;`),
    '    *\' --section\') candidates="$(_iotest_sections)" ;;',
    "    *' --baseline'|*' --current') candidates=\"$(_iotest_results)\" ;;",
    "    *' --set'|*' --vary')",
    `      COMPREPLY=($(compgen -S = -W '${options.join(' ')}' -- "$current"))`,
    '      compopt -o nospace 2>/dev/null',
    '      return ;;',
    '    *)',
    '      case "$command" in',
    `        '') candidates='${first.join(' ')} --help --version' ;;`,
    ...commands.map(({ name, flags, words, takesResults }) => {
      const flagWords = flags.map((flag) => flag.name).join(' ');
      const others = [...words, ...(topics.includes(name) ? below(name) : [])].join(' ');
      return `        '${name}') case "$current" in -*) candidates='${flagWords}' ;; *) candidates=${takesResults ? '"$(_iotest_results)"' : `'${others}'`} ;; esac ;;`;
    }),
    ...topics
      .filter((topic) => !commands.some(({ name }) => name === topic))
      .map((topic) => `        ${topic}) candidates='${below(topic).join(' ')}' ;;`),
    '      esac ;;',
    '  esac',
    '  COMPREPLY=($(compgen -W "$candidates" -- "$current"))',
    '}',
  ];
}

/** fish knows commands and flags by declarations. */
function fishLines({ commands, options }: Completion): string[] {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const topLevel = commands.filter(({ name }) => !name.includes(' '));
  const isOf = (name: string) => {
    const [first, second] = name.split(' ');
    const ofFirst = `__fish_seen_subcommand_from ${first}`;
    return second === undefined ? ofFirst : `${ofFirst}; and __fish_seen_subcommand_from ${second}`;
  };
  return [
    'function __iotest_results',
    '  set -l folder results',
    '  set -q IOTEST_RESULTS; and set folder $IOTEST_RESULTS',
    '  printf "%s\\n" latest latest~1',
    '  for file in $folder/*.json; string replace -r ".*/(.*)\\.json" "\\$1" $file; end',
    '  for file in $folder/*.label; cat $file; end',
    'end',
    'complete -c iotest -n __fish_use_subcommand -s V -l version -d "the version"',
    ...topLevel.map(
      ({ name, summary }) => `complete -c iotest -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap(({ name, summary, flags, words, takesResults }) => {
      const [topic, action] = name.split(' ');
      const when = `complete -c iotest -n ${quoted(isOf(name))}`;
      return [
        ...(action === undefined
          ? []
          : [`complete -c iotest -n '__fish_seen_subcommand_from ${topic}' -f -a ${action} -d ${quoted(summary)}`]),
        ...(words.length > 0 ? [`${when} -f -a ${quoted(words.join(' '))}`] : []),
        ...(takesResults ? [`${when} -a '(__iotest_results)'`] : []),
        ...flags.map(({ name: flag, values }) => {
          const long = `${when} -l ${flag.slice(2)}`;
          if (flag === '--set' || flag === '--vary')
            return `${long} -x -a ${quoted(options.map((each) => `${each}=`).join(' '))}`;
          return values === null ? long : `${long} -x -a ${quoted(values.join(' '))}`;
        }),
      ];
    }),
  ];
}
