namespace Migrate.Api.Pages;

/// <summary>Which requests are a person's with a browser, and which a program's.</summary>
internal static class PageRequest
{
    private static readonly string[] Others = ["/api", "/openapi", "/jobs", "/healthz", "/readyz", "/metrics"];

    public static bool IsOfPages(PathString path) => !Others.Any(other => path.StartsWithSegments(other, StringComparison.OrdinalIgnoreCase));

    /// <summary>It wants a page in answer, also when something is wrong.</summary>
    public static bool IsBrowser(HttpContext context) =>
        IsOfPages(context.Request.Path) && context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType == "text/html" && type.Quality is not 0);
}
