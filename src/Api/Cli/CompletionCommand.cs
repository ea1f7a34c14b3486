using System.CommandLine;
using System.Text;

namespace Migrate.Api.Cli;

/// <summary>Completion scripts, made of the command tree as it is: nothing of them is kept up by hand. For names, which only the server knows, they call <see cref="NameCompletion"/>.</summary>
internal static class CompletionCommand
{
    /// <summary>What a value of an option or argument looks like when it is a path of this machine.</summary>
    private static readonly string[] Paths = ["FILE", "DIR", "DIRECTORY", "PATH", "PATH|URL"];

    public static Command Build(CommandSet cli, RootCommand root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        return cli.Local(
            "completion",
            "Prints a script that completes commands and options in a shell.",
            [shell],
            async (invocation, cancellationToken) =>
            {
                await invocation.Terminal.Out.WriteAsync((invocation.Get(shell) == "bash" ? Bash(root) : Zsh(root)).AsMemory(), cancellationToken);
                return ExitCode.Done;
            },
            "migrate completion bash > /etc/bash_completion.d/migrate",
            "migrate completion zsh > /usr/local/share/zsh/site-functions/_migrate");
    }

    public static string Bash(RootCommand root) => $$"""
        # Completion of migrate for bash; printed by 'migrate completion bash'.
        # Names that the server knows.
        _migrate_names() {
          # A shell splits NAME=VALUE at the sign.
          local given=() i
          for ((i = 1; i < COMP_CWORD; i++)); do
            if [ "${COMP_WORDS[i]}" != = ] || [ ${#given[@]} -eq 0 ]; then given+=("${COMP_WORDS[i]}")
            elif [ $((i + 1)) -lt "$COMP_CWORD" ]; then given[${#given[@]}-1]+="=${COMP_WORDS[++i]}"; fi
          done
          "$program" complete -- "${given[@]}" "$cur" 2>/dev/null
        }
        _migrate() {
          local program=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path=migrate words='' i
          for ((i = 1; i < COMP_CWORD; i++)); do
            case "$path ${COMP_WORDS[i]}" in
        {{Walk(root)}}
            esac
          done
          # A shell splits --option=value at the sign.
          [ "$cur" != = ] || cur=''
          [ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD-2]}
          COMPREPLY=()
          case "$path $prev" in
        {{Values(root, "        words='{0}' ;;", "        words=$(_migrate_names) ;;", "        compopt -o default 2>/dev/null; return ;;", "        return ;;")}}
            *) case "$path" in
        {{Words(root)}}
            esac
            case "$cur" in -*) ;; *) case "$path" in
              {{Named(root)}}) words="$words $(_migrate_names)" ;;
            esac ;; esac ;;
          esac
          # shellcheck disable=SC2207 # no word of ours has a blank
          COMPREPLY=($(compgen -W "$words" -- "$cur"))
          [ ${#COMPREPLY[@]} -gt 0 ] || [ "${cur#-}" != "$cur" ] || compopt -o default 2>/dev/null
        }
        complete -F _migrate migrate

        """;

    public static string Zsh(RootCommand root) => $$"""
        #compdef migrate
        # Completion of migrate for zsh; printed by 'migrate completion zsh'.
        # Names that the server knows.
        _migrate_names() { "$program" complete -- "${given[@]}" "$PREFIX" 2>/dev/null }
        _migrate() {
          local program=${words[1]} prev=${words[CURRENT-1]} line=migrate choices='' i
          local -a given=("${(@)words[2,CURRENT-1]}")
          for ((i = 2; i < CURRENT; i++)); do
            case "$line ${words[i]}" in
        {{Walk(root).Replace("path=\"$path ${COMP_WORDS[i]}\"", "line=\"$line ${words[i]}\"", StringComparison.Ordinal)}}
            esac
          done
          if [[ $PREFIX == --*=* ]]; then
            prev=${PREFIX%%=*}
            given+=("$prev")
            compset -P '*='
          fi
          case "$line $prev" in
        {{Values(root, "        choices='{0}' ;;", "        choices=$(_migrate_names) ;;", "        _files; return ;;", "        return ;;")}}
            *) case "$line" in
        {{Words(root).Replace("words=", "choices=", StringComparison.Ordinal)}}
            esac
            [[ $PREFIX == -* ]] || case "$line" in
              {{Named(root)}}) choices="$choices $(_migrate_names)" ;;
            esac ;;
          esac
          compadd -- ${=choices} || _files
        }
        if [ "$funcstack[1]" = _migrate ]; then _migrate "$@"; else compdef _migrate migrate; fi

        """;

    private static string Walk(RootCommand root) =>
        $"      {string.Join("|", All(root).Where(x => x.Command is not RootCommand).Select(x => $"'{x.Path}'"))})\n        path=\"$path ${{COMP_WORDS[i]}}\" ;;";

    /// <summary>After an option that takes a value: its choices, names that the server knows, a path, or nothing that could be known here.</summary>
    private static string Values(RootCommand root, string choices, string names, string path, string nothing)
    {
        var lines = new StringBuilder();
        foreach (var group in All(root).SelectMany(x => x.Command.Options.Where(o => !o.Hidden && TakesValue(o)).Select(o => (x.Path, Option: o))).GroupBy(x => Then(x.Path, x.Option)))
        {
            lines.Append("    ").AppendJoin('|', group.SelectMany(x => NamesOf(x.Option).Select(name => $"'{x.Path} {name}'"))).Append(")\n").Append(group.Key).Append('\n');
        }

        return lines.ToString().TrimEnd('\n');

        string Then(string command, Option option) =>
            Paths.Contains(option.HelpName) ? path
            : NameCompletion.Of(command, option) is not null ? names
            : ChoicesOf(option) is { Count: > 0 } known ? string.Format(System.Globalization.CultureInfo.InvariantCulture, choices, string.Join(' ', known))
            : nothing;
    }

    /// <summary>Commands with an argument that is a name which the server knows.</summary>
    private static string Named(RootCommand root) => string.Join('|', All(root).Where(x => x.Command.Arguments.Any(argument => NameCompletion.Of(x.Path, argument) is not null)).Select(x => $"'{x.Path}'"));

    private static string Words(RootCommand root) => string.Join('\n', All(root).Select(x =>
        $"      '{x.Path}') words='{string.Join(' ', x.Command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).Concat(x.Command.Arguments.SelectMany(ChoicesOf)).Concat(x.Command.Options.Where(o => !o.Hidden).Select(o => o.Name)).Append("--help").Distinct())}' ;;"));

    public static IEnumerable<(string Path, Command Command)> All(RootCommand root)
    {
        return Below("migrate", root);

        static IEnumerable<(string, Command)> Below(string path, Command command) =>
            command.Subcommands.Where(x => !x.Hidden).SelectMany(x => Below($"{path} {x.Name}", x)).Prepend((path, command));
    }

    private static bool TakesValue(Option option) => option.ValueType != typeof(bool) && option.Arity.MinimumNumberOfValues > 0;

    private static IEnumerable<string> NamesOf(Option option) => option.Aliases.Prepend(option.Name);

    private static List<string> ChoicesOf(Symbol symbol)
    {
        var known = symbol.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(x => x.Label).ToList();
        var form = symbol is Option { HelpName: { } name } && name.Contains('|', StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterLower(c) || c is '|' or '-') ? name.Split('|').ToList() : [];
        return known.Count > 0 ? known : form;
    }
}
