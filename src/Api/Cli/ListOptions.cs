using System.CommandLine;
using Migrate.Planner;

namespace Migrate.Api.Cli;

/// <summary>The options that every list takes: its order, one page of it instead of all and, where what it lists has names, a part of them.</summary>
internal sealed class ListOptions
{
    public const string PageName = "page";
    private readonly Option<string?> _sort;
    private readonly Option<int?> _page = new("--page") { Description = "only this page, from 1; everything when left out", HelpName = "N" };
    private readonly Option<int?> _pageSize = new("--page-size") { Description = $"how many make a page, at most {Paging.Largest} (100); the first page when --page is left out", HelpName = "N" };
    private readonly Option<string?>? _filter;

    /// <param name="orders">Those of the list.</param>
    /// <param name="filter">What --filter is a part of; null where there is none.</param>
    public ListOptions(IListOrders orders, string? filter = "the name")
    {
        _sort = new("--sort")
        {
            Description = $"{orders.Words()}; a '-' before it turns the order round (--sort=-{orders.Names[0]}). {orders.Usual} when left out",
            HelpName = "FIELD",
        };
        _sort.CompletionSources.Add([.. orders.Names, .. orders.Names.Select(x => "-" + x)]);
        _filter = filter is null ? null : new("--filter") { Description = $"part of {filter}", HelpName = "TEXT" };
    }

    /// <summary>Those of the command, then these.</summary>
    public IReadOnlyList<Symbol> After(params Symbol[] own) => [.. own, .. _filter is null ? Array.Empty<Symbol>() : [_filter], _sort, _page, _pageSize];

    /// <summary>The same for what is no page but the whole: a page of it is refused.</summary>
    public string WholeQuery(Invocation invocation, params (string Name, object? Value)[] own) => invocation.Get(_page) is null && invocation.Get(_pageSize) is null
        ? Cli.Query.Of([.. own, ("filter", _filter is null ? null : invocation.Get(_filter)), ("sort", invocation.Get(_sort))])
        : throw new CommandFailure(ExitCode.Usage, "This is always the whole list.", "Leave --page and --page-size out.");

    /// <summary>A query string of these and of the command's own values.</summary>
    public string Query(Invocation invocation, params (string Name, object? Value)[] own)
    {
        var (page, size) = (invocation.Get(_page), invocation.Get(_pageSize));
        if (page < 1 || size is < 1 or > Paging.Largest)
        {
            throw new CommandFailure(ExitCode.Usage, $"Pages count from 1 and hold 1 to {Paging.Largest}.", "Leave both out for everything.");
        }

        return Cli.Query.Of(
        [
            .. own, ("filter", _filter is null ? null : invocation.Get(_filter)), ("sort", invocation.Get(_sort)),
            (PageName, page ?? (size is null ? null : 1)), ("pageSize", size),
        ]);
    }
}
