using Microsoft.AspNetCore.WebUtilities;

namespace Migrate.Api.Pages.Shared;

/// <summary>Which part of a list a page shows. All of it is in the address, so that what somebody sees can be sent on and bookmarked.</summary>
public sealed class ListAddress(HttpContext http, int pageSize = 50)
{
    public int PageNumber { get; } = int.TryParse(http.Request.Query["page"], out var number) ? Math.Clamp(number, 1, 1_000_000) : 1;

    public int PageSize { get; } = pageSize;

    /// <summary>A column's name, '-' before it for the other way round; null when nobody chose.</summary>
    public string? Sort => SortOf("");

    /// <summary>The same of one of several lists of a page, each with an order of its own.</summary>
    public string? SortOf(string prefix) => http.Request.Query[prefix + "sort"].ToString() is { Length: > 0 } sort ? sort : null;

    /// <summary>The page and the order that are asked for.</summary>
    internal Paging Paging => PagingOf("");

    internal Paging PagingOf(string prefix) => new(PageNumber, PageSize, SortOf(prefix));

    /// <summary>This list's address with something else in it; null takes a value out. Another filter or order begins at the first page.</summary>
    public string With(params (string Name, string? Value)[] changes)
    {
        var query = http.Request.Query.Where(x => x.Value.Count > 0 && x.Key != "done").ToDictionary(x => x.Key, x => (string?)x.Value.ToString());
        query.Remove("page");
        foreach (var (name, value) in changes)
        {
            query.Remove(name);
            if (!string.IsNullOrEmpty(value))
            {
                query[name] = value;
            }
        }

        return QueryHelpers.AddQueryString(http.Request.Path, query);
    }
}
