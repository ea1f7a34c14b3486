using System.Linq.Expressions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Problems;
using Migrate.Api.Security;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Views;

/// <summary>Views that people saved: their own, and those that somebody shares with all.</summary>
internal sealed class ViewStore(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    private const int LongestName = 63;
    private const int LongestQuery = 1000;
    private const int MostOfOne = 200;

    public static readonly ListOrders<SavedView> Orders = OrdersOf("");

    /// <summary>The account's own and shared ones, by list and name unless another order is asked for; of those with the same name one's own comes first.</summary>
    public async Task<Page<SavedViewView>> ListAsync(Account account, string? list, string? filter, Paging paging, CancellationToken cancellationToken)
    {
        if (list is not null && !ViewLists.Parameters.ContainsKey(list))
        {
            throw new MigrateException("list.filter-unknown", $"No list '{list}' has views.", $"Lists with views are {string.Join(" and ", ViewLists.Parameters.Keys)}.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var all = db.SavedViews.AsNoTracking().Where(x => (x.Owner == account.Name || x.IsShared) && (list == null || x.List == list)).Named(x => x.Name, filter);
        var total = await all.LongCountAsync(cancellationToken);
        var page = await OrdersOf(account.Name, paging.Sort).Apply(all, paging.Sort).Skip(paging.Skip).Take(paging.Size).ToListAsync(cancellationToken);
        return new Page<SavedViewView>([.. page.Select(SavedViewView.Of)], paging.Number, paging.Size, total);
    }

    /// <exception cref="MigrateException">view.invalid with all that is wrong; view.role-missing.</exception>
    public async Task<SavedViewView> SaveAsync(Account account, SaveView request, CancellationToken cancellationToken)
    {
        var name = request.Name?.Trim() ?? "";
        List<string> errors = [];
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
        {
            errors.Add($"name: 1 to {LongestName} printable characters.");
        }

        var query = "";
        if (request.List is null || !ViewLists.Parameters.TryGetValue(request.List, out var known))
        {
            errors.Add($"list: {string.Join(" or ", ViewLists.Parameters.Keys)}.");
        }
        else
        {
            var given = QueryHelpers.ParseQuery(request.Query ?? "");
            errors.AddRange(given.Keys.Except(known).Select(x => $"query: there is no '{x}' in this list; there are {string.Join(", ", known)}."));
            errors.AddRange(await ProblemsAsync(request.List, given.Where(x => known.Contains(x.Key)).Select(x => (x.Key, x.Value.ToString())), cancellationToken));
            query = QueryHelpers.AddQueryString("", given.Where(x => x.Value.ToString().Length > 0).OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => KeyValuePair.Create(x.Key, (string?)x.Value.ToString()))).TrimStart('?');
            if (query.Length > LongestQuery)
            {
                errors.Add($"query: at most {LongestQuery} characters.");
            }
        }

        if (errors.Count > 0)
        {
            throw new InvalidRequestException("view.invalid", $"The view was not saved: {Text.Count(errors.Count, "problem")}.", errors);
        }

        if (request.Shared && account.Role < Role.Operator)
        {
            throw new MigrateException("view.role-missing", $"What all see is shared by an {Role.Operator}; {account.Name} has the role {account.Role}.", "Save it for yourself, or ask somebody who has the role.");
        }

        try
        {
            return await StoreAsync(account, request, name, query, cancellationToken);
        }
        catch (DbUpdateException)
        {
            return await StoreAsync(account, request, name, query, cancellationToken); // Sent twice at once: the other one has made it.
        }
    }

    // The list's name begins with another letter in each, so that one key orders by both.
    private static ListOrders<SavedView> OrdersOf(string owner, string? sort = null)
    {
        // The other way round turns all keys, and one's own still comes first.
        Expression<Func<SavedView, bool>> others = sort?.StartsWith('-') == true ? x => x.Owner == owner : x => x.Owner != owner;
        return new ListOrders<SavedView>("list").Last(x => x.Id).By("list", x => x.List + " " + x.Name, others).By("name", x => x.Name, others).By("savedAt", x => x.SavedAt);
    }

    private async Task<List<string>> ProblemsAsync(string list, IEnumerable<(string Name, string Value)> given, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        List<string> problems = [];
        foreach (var (name, value) in given.Where(x => x.Value.Length > 0))
        {
            if (await ViewLists.ProblemOfAsync(list, name, value, db, cancellationToken) is { } problem)
            {
                problems.Add($"query: {name}: {problem}");
            }
        }

        return problems;
    }

    private async Task<SavedViewView> StoreAsync(Account account, SaveView request, string name, string query, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var view = await db.SavedViews.SingleOrDefaultAsync(x => x.Owner == account.Name && x.List == request.List && x.Name == name, cancellationToken);
        if (view is null)
        {
            if (await db.SavedViews.CountAsync(x => x.Owner == account.Name, cancellationToken) >= MostOfOne)
            {
                throw new MigrateException("view.too-many", $"{account.Name} has {MostOfOne} views.", "Remove some that are not used any more.");
            }

            view = new SavedView { Id = Guid.NewGuid(), Owner = account.Name, List = request.List!, Name = name, Query = query };
            db.SavedViews.Add(view);
        }

        (view.Query, view.IsShared, view.SavedAt) = (query, request.Shared, time.GetUtcNow().UtcDateTime);
        await db.SaveChangesAsync(cancellationToken);
        return SavedViewView.Of(view);
    }

    /// <summary>One's own; an administrator also removes what others share.</summary>
    /// <exception cref="MigrateException">view.unknown.</exception>
    public async Task RemoveAsync(Account account, Guid id, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var isAdmin = account.Role == Role.Admin;
        if (await db.SavedViews.Where(x => x.Id == id && (x.Owner == account.Name || (isAdmin && x.IsShared))).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            throw new MigrateException("view.unknown", $"There is no view {id} of {account.Name}.", "See 'migrate view list'; what others share, they or an administrator remove.");
        }
    }
}
