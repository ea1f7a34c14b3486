using System.CommandLine;
using Migrate.Api.Inventory;

namespace Migrate.Api.Cli;

/// <summary>For commands that take VMs by name or all that match: what they match, and how many that are.</summary>
internal sealed class MatchingOptions(string what, VmOptions filter)
{
    private readonly Option<bool> _matching = new("--matching") { Description = $"in place of --vm: {what}" };
    private readonly Option<int?> _expected = new("--expected")
    {
        Description = "with --matching: how many you expect to match; nothing is done when another number does (as many as match when you are asked)",
        HelpName = "N",
    };

    private readonly Option<string?> _part = new("--filter") { Description = "part of the name", HelpName = "TEXT" };

    public IReadOnlyList<Option> All => [_matching, _expected, _part, .. filter.All];

    /// <summary>Names, or a filter with the number that is confirmed.</summary>
    /// <param name="invocation">What was typed.</param>
    /// <param name="named">Names that were.</param>
    /// <param name="source">Name of the source, asked for where VMs are counted.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task<(IReadOnlyList<string>? Named, VmFilter? Filter, int? Expected)> ReadAsync(Invocation invocation, string[]? named, Func<Task<string>> source, CancellationToken cancellationToken)
    {
        if (named is { Length: > 0 } == invocation.Get(_matching))
        {
            throw new CommandFailure(ExitCode.Usage, "Which VMs are meant is not clear.", "Give --vm once or more, or --matching with what they match.");
        }

        return invocation.Get(_matching)
            ? (null, filter.Read(invocation, invocation.Get(_part)), invocation.Get(_expected) ?? await CountAsync(invocation, await source(), cancellationToken))
            : (named, null, null);
    }

    /// <summary>How many match now, told before anything is done: that many and no others are confirmed.</summary>
    private async Task<int> CountAsync(Invocation invocation, string source, CancellationToken cancellationToken)
    {
        var query = Query.Of([.. filter.Values(invocation), ("filter", invocation.Get(_part)), ("pageSize", 1)]);
        var count = (int)(await invocation.Api.GetAsync<Page<VmRow>>($"sources/{Uri.EscapeDataString(source)}/vms{query}", cancellationToken)).Total;
        invocation.Say($"{Text.Count(count, "VM")} of {source} match.");
        invocation.AskBack();
        return count;
    }
}
