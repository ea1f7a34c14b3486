using Migrate.Planner.Persistence;

namespace Migrate.Api.Views;

/// <summary>Asks to keep filter and order of a list. The caller's own view of this list with this name is replaced.</summary>
/// <param name="List">inventory or runs.</param>
/// <param name="Name">1 to 63 printable characters.</param>
/// <param name="Query">Query string of the list's page: source, filter, power, host, folder, cluster, datacenter, datastore, guest, minUsedGiB, maxUsedGiB, measured, worst, concern, plan, wave, planned, columns and sort of the inventory; vm, plan, phase, wave and sort of runs. What the list does not have is refused.</param>
/// <param name="Shared">Everybody sees it; takes an operator.</param>
public sealed record SaveView(string List, string Name, string Query, bool Shared = false);

/// <summary>Filter and order of a list under a name.</summary>
/// <param name="Id">How calls name it.</param>
/// <param name="List">inventory or runs.</param>
/// <param name="Name">Its owner's name for it.</param>
/// <param name="Query">Query string of the list's page.</param>
/// <param name="Path">Address of the page with it.</param>
/// <param name="Owner">Who saved it.</param>
/// <param name="Shared">Everybody sees it.</param>
/// <param name="SavedAt">UTC.</param>
public sealed record SavedViewView(Guid Id, string List, string Name, string Query, string Path, string Owner, bool Shared, DateTime SavedAt)
{
    internal static SavedViewView Of(SavedView x) => new(x.Id, x.List, x.Name, x.Query, $"/{x.List}{(x.Query.Length > 0 ? "?" : "")}{x.Query}", x.Owner, x.IsShared, x.SavedAt);
}
