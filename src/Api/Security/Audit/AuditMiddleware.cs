using System.Globalization;
using Migrate.Api.Problems;
using Migrate.Api.Security.Sessions;

namespace Migrate.Api.Security.Audit;

/// <summary>
/// Around every call that may change something, of whoever is known: also those that are refused for the caller's role. Stands after
/// authentication and before authorisation.
/// </summary>
internal static class AuditMiddleware
{
    private static readonly object ReasonKey = new();
    private static readonly object ProblemKey = new();

    /// <summary>Says what was given as reason, for the line that tells what came of the call.</summary>
    public static void NoteReason(this HttpContext context, string? reason) => context.Items[ReasonKey] = reason ?? "";

    /// <summary>Says why a call is refused that does not end by an exception.</summary>
    public static void NoteProblem(this HttpContext context, string code) => context.Items[ProblemKey] = code;

    public static void UseAudit(this WebApplication app) => app.Use(async (context, next) =>
    {
        var account = Account.Of(context.User);
        if (account is null || !context.Request.MayChange() || context.GetEndpoint() is not { } endpoint || context.Request.Path == SessionCookie.LoginPath || context.Request.Path == "/logout")
        {
            await next(context);
            return;
        }

        var audit = context.RequestServices.GetRequiredService<AuditTrail>();
        var (action, target) = (await ActionOfAsync(endpoint, context), TargetOf(context));
        var asked = await audit.AskedAsync(context, account, action, target, context.RequestAborted);
        var outcome = "aborted";
        try
        {
            await next(context);
            outcome = Outcome(context);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            outcome = e is BadHttpRequestException bad ? $"{bad.StatusCode} request.invalid"
                : RefusedProblem.Of(e) is { } refused ? $"{refused.StatusCode} {refused.ProblemDetails.Extensions["code"]}"
                : "500 internal";
            throw;
        }
        finally
        {
            await audit.AnsweredAsync(context, asked, account, action, target, outcome, context.Items[ReasonKey] as string ?? "");
        }
    });

    private static async Task<string> ActionOfAsync(Endpoint endpoint, HttpContext context)
    {
        if (endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName is { } name)
        {
            return name;
        }

        // A page has one address for all its forms, and each form a name.
        var form = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(context.RequestAborted))["_handler"].ToString() : "";
        return form.Length > 0 ? $"{form} on {(endpoint as RouteEndpoint)?.RoutePattern.RawText}" : $"{context.Request.Method} {(endpoint as RouteEndpoint)?.RoutePattern.RawText}";
    }

    private static string TargetOf(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "";
        return (path.StartsWith("/api/v1/", StringComparison.Ordinal) ? path["/api/v1/".Length..] : path).Trim('/');
    }

    private static string Outcome(HttpContext context)
    {
        var status = context.Response.StatusCode.ToString(CultureInfo.InvariantCulture);
        return context.Items.TryGetValue(ProblemKey, out var code) ? $"{status} {code}" : status;
    }
}
