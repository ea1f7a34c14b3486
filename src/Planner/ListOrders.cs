using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace Migrate.Planner;

/// <summary>The orders that a list can be asked for, by their names.</summary>
public interface IListOrders
{
    /// <summary>Each also with '-' before it, for the other way round.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The order when nobody asks for one.</summary>
    string Usual { get; }
}

/// <summary>
/// The orders of a list, for a database to execute or, where a list is small by nature, memory. Each ends with what tells every row from all others, so that pages
/// never overlap; the other way round is its exact mirror.
/// </summary>
/// <param name="usual">The name of the usual order, '-' before it for the other way round.</param>
public sealed class ListOrders<T>(string usual) : IListOrders
{
    private readonly Dictionary<string, Order> _orders = new(StringComparer.Ordinal);
    private Key? _last;

    public IReadOnlyList<string> Names => [.. _orders.Keys];

    public string Usual { get; } = usual;

    /// <summary>By what no two rows have alike.</summary>
    public ListOrders<T> Last<TKey>(Expression<Func<T, TKey>> key)
    {
        _last = new Key<TKey>(key);
        return this;
    }

    public ListOrders<T> By<TKey>(string name, Expression<Func<T, TKey>> key)
    {
        _orders.Add(name, new Order(new Key<TKey>(key), null));
        return this;
    }

    public ListOrders<T> By<TKey, TNext>(string name, Expression<Func<T, TKey>> key, Expression<Func<T, TNext>> next)
    {
        _orders.Add(name, new Order(new Key<TKey>(key), new Key<TNext>(next)));
        return this;
    }

    /// <param name="rows">What is ordered.</param>
    /// <param name="sort">A name, '-' before it for the other way round; null or empty for the usual order.</param>
    /// <exception cref="MigrateException">list.order-unknown.</exception>
    public IOrderedQueryable<T> Apply(IQueryable<T> rows, string? sort)
    {
        var (name, down) = this.Read(sort);
        var (first, next) = _orders[name];
        var ordered = first.First(rows, down);
        ordered = next is null ? ordered : next.Then(ordered, down);
        return _last is null ? ordered : _last.Then(ordered, down);
    }

    /// <summary>The same in memory, strings by their code points, as SQLite has them; a PostgreSQL orders by its own collation.</summary>
    public IOrderedEnumerable<T> Apply(IEnumerable<T> rows, string? sort)
    {
        var (name, down) = this.Read(sort);
        var (first, next) = _orders[name];
        var ordered = first.First(rows, down);
        ordered = next is null ? ordered : next.Then(ordered, down);
        return _last is null ? ordered : _last.Then(ordered, down);
    }

    private sealed record Order(Key First, Key? Next);

    /// <summary>What rows are compared by, in a database and in memory.</summary>
    private abstract class Key
    {
        public abstract IOrderedQueryable<T> First(IQueryable<T> rows, bool down);

        public abstract IOrderedQueryable<T> Then(IOrderedQueryable<T> rows, bool down);

        public abstract IOrderedEnumerable<T> First(IEnumerable<T> rows, bool down);

        public abstract IOrderedEnumerable<T> Then(IOrderedEnumerable<T> rows, bool down);
    }

    private sealed class Key<TKey>(Expression<Func<T, TKey>> key) : Key
    {
        private static readonly IComparer<TKey> Comparer = typeof(TKey) == typeof(string) ? (IComparer<TKey>)StringComparer.Ordinal : System.Collections.Generic.Comparer<TKey>.Default;

        // Once: to compile takes longer than to sort a page.
        private readonly Lazy<Func<T, TKey>> _compiled = new(key.Compile);

        public override IOrderedQueryable<T> First(IQueryable<T> rows, bool down) => down ? rows.OrderByDescending(key) : rows.OrderBy(key);

        public override IOrderedQueryable<T> Then(IOrderedQueryable<T> rows, bool down) => down ? rows.ThenByDescending(key) : rows.ThenBy(key);

        public override IOrderedEnumerable<T> First(IEnumerable<T> rows, bool down) => down ? rows.OrderByDescending(_compiled.Value, Comparer) : rows.OrderBy(_compiled.Value, Comparer);

        public override IOrderedEnumerable<T> Then(IOrderedEnumerable<T> rows, bool down) => down ? rows.ThenByDescending(_compiled.Value, Comparer) : rows.ThenBy(_compiled.Value, Comparer);
    }
}

public static class ListOrders
{
    private const int Deep = 10_000;

    /// <summary>Which order is asked for, and whether the other way round.</summary>
    /// <exception cref="MigrateException">list.order-unknown.</exception>
    public static (string Name, bool Descending) Read(this IListOrders orders, string? sort)
    {
        var asked = string.IsNullOrEmpty(sort) ? orders.Usual : sort;
        var down = asked.StartsWith('-');
        var name = down ? asked[1..] : asked;
        return orders.Names.Contains(name)
            ? (name, down)
            : throw new MigrateException("list.order-unknown", $"This list has no order '{sort}'.", $"Sort by {orders.Words()}; '-' before it turns the order round.");
    }

    /// <summary>
    /// A page of a database's rows. One that lies deep in a long list is walked to from the end that is nearer, since to skip rows takes as long as to read them; where its
    /// total is some seconds old, as <see cref="RecentCounts"/> has it, such a page is of the list as it was then.
    /// </summary>
    /// <param name="orders">Of the list.</param>
    /// <param name="rows">All of the list.</param>
    /// <param name="sort">As <see cref="Read"/> has it.</param>
    /// <param name="key">What is wanted of each.</param>
    /// <param name="skip">Rows before the page.</param>
    /// <param name="take">Rows of a page.</param>
    /// <param name="total">How many rows the list has, as it is shown.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<List<TKey>> PageAsync<T, TKey>(
        this ListOrders<T> orders, IQueryable<T> rows, string? sort, Expression<Func<T, TKey>> key, int skip, int take, int total, CancellationToken cancellationToken)
    {
        var after = Math.Max(0, total - skip - take);
        if (skip <= Math.Max(after, Deep))
        {
            return await orders.Apply(rows, sort).Skip(skip).Take(take).Select(key).ToListAsync(cancellationToken);
        }

        var (name, down) = orders.Read(sort);
        var count = Math.Min(take, total - skip);
        var page = count <= 0 ? [] : await orders.Apply(rows, down ? name : "-" + name).Skip(after).Take(count).Select(key).ToListAsync(cancellationToken);
        page.Reverse();
        return page;
    }

    /// <summary>"a, b or c".</summary>
    public static string Words(this IListOrders orders) => orders.Names.Count == 1 ? orders.Names[0] : $"{string.Join(", ", orders.Names.SkipLast(1))} or {orders.Names[^1]}";
}
