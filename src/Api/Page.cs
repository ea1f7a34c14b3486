using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;

namespace Migrate.Api;

/// <summary>One page of a list. Ask for the next with <c>page + 1</c> while <c>page * pageSize &lt; total</c>.</summary>
/// <param name="Items">The page's entries, in the order asked for.</param>
/// <param name="Number">Counts from 1.</param>
/// <param name="PageSize">At most 500.</param>
/// <param name="Total">How many entries all pages have together; of a thousand and more, as it was within the last seconds.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, int Number, int PageSize, long Total);

/// <summary>Which part of a list is asked for.</summary>
internal sealed record Paging(
    [property: FromQuery(Name = "page"), Description("Counts from 1.")] int? Page,
    [property: FromQuery(Name = "pageSize"), Description("1 to 500, 100 when absent.")] int? PageSize,
    [property: FromQuery(Name = "sort")] string? Sort = null)
{
    public const int Largest = 500;

    public int Number => Math.Max(1, Page ?? 1);

    public int Size => Math.Clamp(PageSize ?? 100, 1, Largest);

    public int Skip => (int)Math.Min((Number - 1L) * Size, int.MaxValue - Largest);
}
