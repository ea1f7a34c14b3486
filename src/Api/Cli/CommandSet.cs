using System.CommandLine;

namespace Migrate.Api.Cli;

/// <summary>Makes commands that share how to find the server, how to print and how to fail.</summary>
internal sealed class CommandSet(Terminal terminal)
{
    private readonly Dictionary<Command, IReadOnlyList<string>> _examples = [];

    public Terminal Terminal { get; } = terminal;

    public IReadOnlyDictionary<Command, IReadOnlyList<string>> Examples => _examples;

    public Option<string?> Server { get; } = new("--server") { Description = "URL of the server (MIGRATE_SERVER, else the data directory's server.url)", HelpName = "URL" };

    public Option<string?> TokenFile { get; } = new("--token-file") { Description = "file with the server's token (else MIGRATE_TOKEN, else the data directory's admin.token)", HelpName = "FILE" };

    public Option<string?> Data { get; } = new("--data") { Description = "data directory of the server (MIGRATE_DATA)", HelpName = "DIR" };

    public Option<bool> AsJson { get; } = new("--json") { Description = "print JSON on standard output" };

    public Option<bool> Plain { get; } = new("--plain") { Description = "tables as lines with tabs between the cells, for cut and awk" };

    public Option<bool> Quiet { get; } = new("--quiet") { Description = "no messages and no progress on standard error; errors still" };

    public Option<bool> NoColor { get; } = new("--no-color") { Description = "no colours (also NO_COLOR); there are none but on a terminal" };

    public Option<bool> DryRun { get; } = new("--dry-run") { Description = "changes nothing: looks up what is named, and prints the call that would change something" };

    public Option<bool> Yes { get; } = new("--yes") { Description = "does not ask back; it is asked back on a terminal only" };

    public static Command Noun(string name, string description, params Command[] verbs)
    {
        var noun = new Command(name, description);
        foreach (var verb in verbs)
        {
            noun.Subcommands.Add(verb);
        }

        return noun;
    }

    /// <summary>A verb that talks to the server.</summary>
    public Command Verb(
        string name,
        string description,
        IReadOnlyList<Symbol> symbols,
        Func<Invocation, CancellationToken, Task<int>> body,
        params string[] examples)
    {
        var command = Local(name, description, [.. symbols, Server, TokenFile, Data, Plain], body, examples);
        if (!command.Options.Any(o => o.Name == AsJson.Name))
        {
            command.Options.Add(AsJson);
        }

        return command;
    }

    /// <summary>A verb that changes something at the server.</summary>
    public Command Change(
        string name,
        string description,
        IReadOnlyList<Symbol> symbols,
        Func<Invocation, CancellationToken, Task<int>> body,
        params string[] examples) => Verb(name, description, [.. symbols, DryRun], body, examples);

    /// <summary>A verb that takes something away which does not come back by itself.</summary>
    public Command Removal(
        string name,
        string description,
        IReadOnlyList<Symbol> symbols,
        Func<Invocation, CancellationToken, Task<int>> body,
        params string[] examples) => Change(
            name,
            description,
            [.. symbols, Yes],
            (invocation, cancellationToken) =>
            {
                invocation.AskBack();
                return body(invocation, cancellationToken);
            },
            examples);

    /// <summary>A verb that needs no server.</summary>
    public Command Local(
        string name,
        string description,
        IReadOnlyList<Symbol> symbols,
        Func<Invocation, CancellationToken, Task<int>> body,
        params string[] examples)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols.Append(Quiet).Append(NoColor))
        {
            if (symbol is Argument argument)
            {
                command.Arguments.Add(argument);
            }
            else if (symbol is Option option)
            {
                command.Options.Add(option);
            }
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var invocation = new Invocation(this, parsed);
            return await invocation.RunAsync(body, cancellationToken);
        });
        _examples[command] = examples;
        return command;
    }
}
