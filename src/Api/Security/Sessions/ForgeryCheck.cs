using Microsoft.AspNetCore.Antiforgery;
using Migrate.Api.Problems;
using Migrate.Api.Security.Audit;

namespace Migrate.Api.Security.Sessions;

/// <summary>
/// A browser sends a session's cookie with whatever a page makes it send. So a call of the API that may change something and is known by its
/// cookie must show the antiforgery token as well; pages' forms are checked by the framework. Calls with a bearer token need none: no page can add that.
/// </summary>
internal static class ForgeryCheck
{
    private const string Code = "auth.forgery";

    public static void UseForgeryCheck(this WebApplication app) => app.Use(async (context, next) =>
    {
        var isByBrowser = Account.Of(context.User) is { Through: "session" or Proxy.ProxyAuthentication.Through };
        if (isByBrowser && context.Request.MayChange() && context.Request.Path.StartsWithSegments("/api")
            && !await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
        {
            context.NoteProblem(Code);
            await Problem.Of(
                StatusCodes.Status400BadRequest, Code,
                "The call came with a browser's session and without its antiforgery token.",
                "Use the pages' own forms; a program calls with an API key ('migrate key create').").ExecuteAsync(context);
            return;
        }

        await next(context);
    });
}
