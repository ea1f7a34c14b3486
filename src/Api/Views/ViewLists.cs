using Microsoft.EntityFrameworkCore;
using Migrate.Api.Pages.Inventory;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Views;

/// <summary>
/// The lists that have views, and what the addresses of their pages may hold: nothing else is kept, so that a view leads nowhere else and shows what its name promises.
/// </summary>
internal static class ViewLists
{
    public static readonly IReadOnlyDictionary<string, string[]> Parameters = new Dictionary<string, string[]>
    {
        ["inventory"] = ["source", .. PageFilter.Parameters.Keys, "columns", "sort"],
        ["runs"] = ["vm", "plan", "phase", "wave", "sort"],
    };

    /// <summary>What is wrong with a value; null when the list has it.</summary>
    public static async Task<string?> ProblemOfAsync(string list, string name, string value, MigrateDb db, CancellationToken cancellationToken) => name switch
    {
        "sort" => OrderProblem(list == "runs" ? RunStore.Orders : VmQuery.Orders, value),
        "phase" => Enum.GetNames<RunPhase>().Contains(value) ? null : $"'{value}' is no phase; there are {string.Join(", ", Enum.GetNames<RunPhase>())}.",
        "columns" => InventoryColumns.ProblemOf(value),
        "wave" => int.TryParse(value, out var number) && number > 0 ? null : $"'{value}' is no number of a wave.",
        "source" => await db.Sources.AnyAsync(x => x.Name == value, cancellationToken) ? null : $"there is no source named '{value}'.",
        "plan" => await db.Plans.AnyAsync(x => x.Name == value, cancellationToken) ? null : $"there is no plan named '{value}'.",
        _ => list == "inventory" && PageFilter.Parameters.TryGetValue(name, out var problem) ? problem(value) : null,
    };

    private static string? OrderProblem(IListOrders orders, string value) =>
        orders.Names.Contains(value.StartsWith('-') ? value[1..] : value) ? null : $"there is no order '{value}'; there are {orders.Words()}, '-' before it for the other way round.";
}
