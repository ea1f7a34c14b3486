namespace Migrate.Api.Pages;

/// <summary>
/// What browsers are told about every answer. No page has inline scripts or styles, so none are allowed. Reports are left out: they are files
/// that open offline and carry a policy of their own.
/// </summary>
internal static class PageHeaders
{
    private const string Policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

    public static void UsePageHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        // At the last moment: an exception on the way clears what was set before.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            if (PageRequest.IsOfPages(context.Request.Path))
            {
                headers.ContentSecurityPolicy = Policy;
            }

            return Task.CompletedTask;
        });
        return next(context);
    });
}
