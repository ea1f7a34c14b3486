using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrate.Planner;

namespace Migrate.Api.Cli;

/// <summary>Of which of the server's lists a word on the command line is a name.</summary>
internal enum NameList
{
    Sources,
    Hosts,
    Plans,
    Users,
    Runs,
    Vms,
    EsxHosts,
    Clusters,
    Datastores,
}

/// <summary>
/// Names that the server knows, for the scripts of <see cref="CompletionCommand"/>: they call <c>migrate complete</c> with the words that are typed. It is silent
/// when there is nothing to offer, nobody answers or the account may not ask: a shell is no place for errors while somebody types.
/// </summary>
internal static partial class NameCompletion
{
    // The word that is being typed, in place of what it begins with.
    private const string Typed = "\uE000";
    private const int Most = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Null: no name of the server's, or one that is not there yet.</summary>
    /// <param name="path">The command, as <c>migrate plan show</c>.</param>
    /// <param name="symbol">Its option or argument.</param>
    public static NameList? Of(string path, Symbol symbol)
    {
        var words = path.Split(' ');
        return symbol switch
        {
            Option { HelpName: "HOST" } => NameList.EsxHosts,
            Option { HelpName: "CLUSTER" } => NameList.Clusters,
            Option { Name: "--datastore" } => NameList.Datastores,
            Option { HelpName: "VM" } => NameList.Vms,
            Option { HelpName: "NAME" or "PLAN", Name: "--plan" or "--in-plan" } => NameList.Plans,
            Option { HelpName: "NAME", Name: "--source" } => NameList.Sources,
            Option { HelpName: "NAME", Name: "--host" } => NameList.Hosts,
            Option { HelpName: "NAME", Name: "--who" } => NameList.Users,
            Argument { Name: "PLAN" } => NameList.Plans,
            Argument { Name: "SOURCE" } => NameList.Sources,
            Argument { Name: "VM" } => NameList.Vms,
            Argument { Name: "RUN" or "RUN|FILE" } => NameList.Runs,
            Argument { Name: "CLUSTER" } => NameList.Clusters,
            Argument { Name: "NAME" } when words is not [_, _, "create"] and not [_, not "plan", "add"] => words[1] switch
            {
                "plan" => NameList.Plans,
                "source" => NameList.Sources,
                "host" => NameList.Hosts,
                "user" => NameList.Users,
                _ => null,
            },
            _ => null,
        };
    }

    public static Command Build(CommandSet cli, RootCommand root)
    {
        var words = new Argument<string[]>("WORD") { Arity = ArgumentArity.ZeroOrMore };
        var complete = cli.Local(
            "complete",
            "Prints names that the last word may become.",
            [words],
            async (invocation, cancellationToken) =>
            {
                if (invocation.Get(words) is [.. var before, var begun])
                {
                    await WriteAsync(cli, root, before, begun, cancellationToken);
                }

                return ExitCode.Done;
            });
        complete.Hidden = true;
        return complete;
    }

    private static async Task WriteAsync(CommandSet cli, RootCommand root, string[] before, string begun, CancellationToken cancellationToken)
    {
        var parsed = root.Parse([.. before, Typed]);
        var command = parsed.CommandResult;
        if (command.Children.FirstOrDefault(x => x.Tokens.Any(token => token.Value == Typed)) is not { } at
            || Of(PathOf(command), at is OptionResult option ? option.Option : ((ArgumentResult)at).Argument) is not { } list)
        {
            return;
        }

        using var inner = new Invocation(cli, parsed);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        soon.CancelAfter(Patience);
        try
        {
            foreach (var name in await NamesAsync(inner.Api, list, command, begun, soon.Token))
            {
                await cli.Terminal.Out.WriteLineAsync(name.AsMemory(), cancellationToken);
            }
        }
        catch (Exception e) when (e is CommandFailure or MigrateException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
        }
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(ApiClient api, NameList list, CommandResult command, string begun, CancellationToken cancellationToken)
    {
        var (path, filter, field) = list switch
        {
            NameList.Sources => ("sources", "filter", "name"),
            NameList.Hosts => ("hosts", "filter", "name"),
            NameList.Plans => ("plans", "filter", "name"),
            NameList.Users => ("users", "filter", "name"),
            NameList.Runs => ("runs", "vm", "vm"),
            // What comes into a plan is not in it yet.
            NameList.Vms when Given(command, NameList.Plans) is { } plan && command.Command.Name != "add" => ($"plans/{Uri.EscapeDataString(plan)}/vms", "filter", "vm"),
            _ => ($"sources/{Uri.EscapeDataString(Given(command, NameList.Sources) ?? await SourceAsync(api, Given(command, NameList.Plans), cancellationToken))}/{list switch { NameList.EsxHosts => "hosts", NameList.Clusters => "clusters", NameList.Datastores => "datastores", _ => "vms" }}", "filter", "name"),
        };
        var page = await api.GetAsync<JsonElement>(path + Query.Of((filter, begun.Length == 0 ? null : begun), ("pageSize", Most)), cancellationToken);
        // A part of them would look like all of them: a shell would go on to what only those have in common.
        return page.GetProperty("total").GetInt64() > Most ? [] :
        [
            .. page.GetProperty("items").EnumerateArray().Select(x => x.GetProperty(field).GetString()!)
                .Where(x => x.StartsWith(begun, StringComparison.Ordinal) && Plain().IsMatch(x)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>What was typed already for another word of the same command.</summary>
    private static string? Given(CommandResult command, NameList list) =>
        command.Children.FirstOrDefault(x => x is OptionResult or ArgumentResult && Of(PathOf(command), x is OptionResult option ? option.Option : ((ArgumentResult)x).Argument) == list)?.Tokens is [{ Value: var name }] && name != Typed ? name : null;

    /// <summary>The plan's, else the only one that there is.</summary>
    private static async Task<string> SourceAsync(ApiClient api, string? plan, CancellationToken cancellationToken)
    {
        if (plan is not null)
        {
            return (await api.GetAsync<JsonElement>($"plans/{Uri.EscapeDataString(plan)}?pageSize=1", cancellationToken)).GetProperty("plan").GetProperty("source").GetString()!;
        }

        var page = await api.GetAsync<JsonElement>("sources?pageSize=2", cancellationToken);
        return page.GetProperty("items") is var items && items.GetArrayLength() == 1 ? items[0].GetProperty("name").GetString()! : throw new CommandFailure(ExitCode.Usage, "There are several sources, or none.", "Name one.");
    }

    private static string PathOf(SymbolResult? command) => command switch
    {
        CommandResult { Command: RootCommand } => "migrate",
        CommandResult { Command: var one, Parent: var parent } => $"{PathOf(parent)} {one.Name}",
        _ => "",
    };

    /// <summary>A shell expands what it is offered, and bash begins a new word at some signs: a name with a blank or such a sign is typed, or named by its key.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._+-]*\z")]
    private static partial Regex Plain();
}
