using System.Linq.Expressions;
using System.Reflection;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query.SqlExpressions;
using Microsoft.EntityFrameworkCore.Storage;

namespace Migrate.Planner;

/// <summary>Lists by a part of the name, in SQL that both databases understand alike.</summary>
public static class NameFilter
{
    private const string Escape = "\\";
    private const int Longest = 1000;

    /// <summary>Rows whose name has <paramref name="part"/> in it, without regard to case; all of them when it is null or empty.</summary>
    public static IQueryable<T> Named<T>(this IQueryable<T> rows, Expression<Func<T, string>> name, string? part)
    {
        if (string.IsNullOrEmpty(part))
        {
            return rows;
        }

        if (part.Length > Longest)
        {
            return rows.Where(_ => false); // No name is so long, and SQLite refuses a pattern that is much longer.
        }

        var (written, lower) = (PatternOf(part), PatternOf(part.ToLowerInvariant()));
        // SQLite minds the case of letters that are not ASCII: they are looked for as written and in lower case.
        Expression<Func<string, bool>> matches = Ascii.IsValid(part) ? x => IsLike(x, written) : x => IsLike(x, written) || IsLike(x, lower);
        var body = new Replaced(matches.Parameters[0], name.Body).Visit(matches.Body);
        return rows.Where(Expression.Lambda<Func<T, bool>>(body, name.Parameters));
    }

    private static string PatternOf(string part) =>
        $"%{part.Replace(Escape, Escape + Escape, StringComparison.Ordinal).Replace("%", Escape + "%", StringComparison.Ordinal).Replace("_", Escape + "_", StringComparison.Ordinal)}%";

    /// <summary>LIKE without regard to case. SQLite's has none of itself (of ASCII's letters), PostgreSQL's compares lower case with lower case. For databases alone.</summary>
    internal static bool IsLike(string text, string pattern) => throw new NotSupportedException($"Only a database compares {text} with {pattern}.");

    internal static void Configure(ModelBuilder model, bool isNpgsql) => model.HasDbFunction(typeof(NameFilter).GetMethod(nameof(IsLike), BindingFlags.Static | BindingFlags.NonPublic)!).HasTranslation(arguments =>
        new LikeExpression(isNpgsql ? Lower(arguments[0]) : arguments[0], isNpgsql ? Lower(arguments[1]) : arguments[1], new SqlConstantExpression(Escape, arguments[1].TypeMapping), BoolTypeMapping.Default));

    private static SqlFunctionExpression Lower(SqlExpression text) => new("lower", [text], nullable: true, argumentsPropagateNullability: [true], typeof(string), text.TypeMapping);

    private sealed class Replaced(ParameterExpression parameter, Expression by) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == parameter ? by : base.VisitParameter(node);
    }
}
