using Microsoft.AspNetCore.WebUtilities;

namespace Migrate.Api.Pages.Shared;

/// <summary>Which part of a list a page shows. All of it is in the address, so that what somebody sees can be sent on and bookmarked.</summary>
public sealed class ListAddress(HttpContext http, int pageSize = 50)
{
    public int PageNumber { get; } = int.TryParse(http.Request.Query["page"], out var number) ? Math.Clamp(number, 1, 1_000_000) : 1;

    public int PageSize { get; } = pageSize;

    /// <summary>A column's name, '-' before it for the other way round; null when nobody chose.</summary>
    public string? Sort { get; } = http.Request.Query["sort"].ToString() is { Length: > 0 } sort ? sort : null;

    internal Paging Paging => new(PageNumber, PageSize);

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
