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
}

export interface Completion {
  readonly commands: readonly CompletedCommand[];
  /** Names of options, for `--set` and `--variant`. */
  readonly options: readonly string[];
}

/**
 * The script asks for the words behind the command, and prints what may come next; both shells have the same one, as
 * zsh runs bash's completions (bashcompinit). `shellcheck` finds nothing in it.
 */
export function completionScript(shell: 'bash' | 'zsh', completion: Completion): string {
  const head = `# Completion of iotest for ${shell}, made by \`iotest completion ${shell}\`.`;
  const start = shell === 'zsh' ? ['autoload -Uz bashcompinit && bashcompinit'] : [];
  return [head, ...start, ...bashFunction(completion), 'complete -o default -F _iotest iotest', ''].join('\n');
}

function bashFunction({ commands, options }: Completion): string[] {
  const first = [...new Set(commands.map(({ name }) => name.split(' ')[0]!))].sort();
  const topics = first.filter((word) => commands.some(({ name }) => name.startsWith(`${word} `)));
  const below = (topic: string) =>
    commands.filter(({ name }) => name.startsWith(`${topic} `)).map(({ name }) => name.slice(topic.length + 1));
  return [
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
    "    *' --set')",
    `      COMPREPLY=($(compgen -S = -W '${options.join(' ')}' -- "$current"))`,
    '      compopt -o nospace 2>/dev/null',
    '      return ;;',
    '    *)',
    '      case "$command" in',
    `        '') candidates='${first.join(' ')} --help --version' ;;`,
    ...commands.map(({ name, flags, words }) => {
      const flagWords = flags.map((flag) => flag.name).join(' ');
      const others = [...words, ...(topics.includes(name) ? below(name) : [])].join(' ');
      return `        '${name}') case "$current" in -*) candidates='${flagWords}' ;; *) candidates='${others}' ;; esac ;;`;
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
