using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Migrate.Api.Inventory;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Pages.Inventory;

/// <summary>The inventory's filter as the address of its page has it: the API's, with sizes in GiB.</summary>
internal static class PageFilter
{
    private const string All = "all";

    /// <summary>By name, with what is wrong with a value; null when nothing is.</summary>
    public static readonly IReadOnlyDictionary<string, Func<string, string?>> Parameters = new Dictionary<string, Func<string, string?>>
    {
        ["filter"] = _ => null,
        ["power"] = x => InventoryEndpoints.PowerStates.Contains(x) ? null : $"'{x}' is no power state; there are {string.Join(", ", InventoryEndpoints.PowerStates)}.",
        ["host"] = _ => null,
        ["folder"] = _ => null,
        ["cluster"] = _ => null,
        ["datacenter"] = _ => null,
        ["datastore"] = _ => null,
        ["guest"] = _ => null,
        ["minUsedGiB"] = SizeProblem,
        ["maxUsedGiB"] = SizeProblem,
        ["measured"] = YesProblem,
        ["worst"] = x => Enum.GetNames<WorstConcern>().Contains(x) ? null : $"'{x}' is no severity; there are {string.Join(", ", Enum.GetNames<WorstConcern>())}.",
        ["concern"] = x => ConcernCatalogue.All.Any(y => y.Id == x) ? null : $"there is no concern '{x}'.",
        ["plan"] = _ => null,
        ["wave"] = x => int.TryParse(x, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? null : $"'{x}' is no number of a wave.",
        ["planned"] = YesProblem,
    };

    /// <exception cref="MigrateException">list.filter-unknown.</exception>
    public static VmFilter Of(IQueryCollection query)
    {
        foreach (var (name, problem) in Parameters)
        {
            if (Asked(name) is { } value && problem(value) is { } wrong)
            {
                throw new MigrateException("list.filter-unknown", $"The list cannot be filtered so: {name}: {wrong}", "Choose another value, or clear the filter.");
            }
        }

        return new VmFilter
        {
            Filter = Asked("filter"),
            PowerState = Asked("power"),
            Host = Asked("host"),
            Folder = Asked("folder"),
            Cluster = Asked("cluster"),
            Datacenter = Asked("datacenter"),
            Datastore = Asked("datastore"),
            Guest = Asked("guest"),
            MinUsedBytes = Bytes(Asked("minUsedGiB")),
            MaxUsedBytes = Bytes(Asked("maxUsedGiB")),
            Measured = Yes(Asked("measured")),
            Worst = Asked("worst") is { } worst ? Enum.Parse<WorstConcern>(worst) : null,
            Concern = Asked("concern"),
            Plan = Asked("plan"),
            Wave = Asked("wave") is { } wave ? int.Parse(wave, CultureInfo.InvariantCulture) : null,
            Planned = Yes(Asked("planned")),
        };

        string? Asked(string name) => query[name].ToString().Trim() is { Length: > 0 } value ? value : null;
    }

    /// <summary>The filter alone, as one text: what stands for all that match it.</summary>
    public static string QueryOf(IQueryCollection query) =>
        QueryHelpers.AddQueryString("", Parameters.Keys.Where(x => query[x].ToString().Trim().Length > 0).Select(x => KeyValuePair.Create(x, (string?)query[x].ToString().Trim()))) is { Length: > 0 } text ? text : All;

    /// <summary>Such a text read again; null when there is none. What it has beside filters is not looked at.</summary>
    public static VmFilter? OfQuery(string text) => text == All ? new VmFilter() : text.StartsWith('?') ? Of(new QueryCollection(QueryHelpers.ParseQuery(text))) : null;

    private static bool? Yes(string? word) => word is null ? null : word == "yes";

    private static string? YesProblem(string word) => word is "yes" or "no" ? null : $"'{word}' is neither yes nor no.";

    private static long? Bytes(string? gib) => gib is null ? null : (long)(double.Parse(gib, CultureInfo.InvariantCulture) * (1L << 30));

    private static string? SizeProblem(string gib) =>
        double.TryParse(gib, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1e9 ? null : $"'{gib}' is no number of GiB.";
}
