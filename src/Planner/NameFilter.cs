using System.Linq.Expressions;
using System.Text;

namespace Migrate.Planner;

/// <summary>Lists by a part of the name, in SQL that both databases understand alike.</summary>
public static class NameFilter
{
    /// <summary>Rows whose name has <paramref name="part"/> in it, without regard to case; all of them when it is null or empty.</summary>
    public static IQueryable<T> Named<T>(this IQueryable<T> rows, Expression<Func<T, string>> name, string? part)
    {
        if (string.IsNullOrEmpty(part))
        {
            return rows;
        }

        // Lower case on both sides: LIKE ignores case on SQLite and minds it on PostgreSQL. SQLite's lower() knows ASCII only, so that other letters are also looked for as written.
        var lower = part.ToLowerInvariant();
#pragma warning disable CA1862, CA1304, CA1311 // A comparison with StringComparison, and a culture, have no translation to SQL.
        Expression<Func<string, bool>> matches = Ascii.IsValid(part) ? x => x.ToLower().Contains(lower) : x => x.ToLower().Contains(lower) || x.Contains(part);
#pragma warning restore CA1862, CA1304, CA1311
        var body = new Replaced(matches.Parameters[0], name.Body).Visit(matches.Body);
        return rows.Where(Expression.Lambda<Func<T, bool>>(body, name.Parameters));
    }

    private sealed class Replaced(ParameterExpression parameter, Expression by) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == parameter ? by : base.VisitParameter(node);
    }
}
