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
        var command = Local(name, description, [.. symbols, Server, TokenFile, Data], body, examples);
        if (!command.Options.Any(o => o.Name == AsJson.Name))
        {
            command.Options.Add(AsJson);
        }

        return command;
    }

    /// <summary>A verb that needs no server.</summary>
    public Command Local(
        string name,
        string description,
        IReadOnlyList<Symbol> symbols,
        Func<Invocation, CancellationToken, Task<int>> body,
        params string[] examples)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
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
