using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Migrate.Target.Admin;

namespace Migrate.Target.AdminApi;

/// <summary>Errors as problem details: the code of the <see cref="TargetException"/> says what, the HTTP status what kind.</summary>
internal static class AdminProblems
{
    public static IResult Of(TargetException e) => Of(StatusOf(e.Code), e.Code, e.Message, e.Remedy);

    public static IResult Of(int status, string code, string cause, string remedy) => Results.Json(
        new ProblemBody($"urn:migrate:problem:{code}", TitleOf(status), status, $"{cause} {remedy}", code, cause, remedy),
        AdminJson.Default.ProblemBody, "application/problem+json", status);

    /// <summary>Runs a request; whatever it throws that the caller can help becomes an answer.</summary>
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (TargetException e)
        {
            return Of(e);
        }
        catch (ObjectDisposedException)
        {
            return Of(StatusCodes.Status503ServiceUnavailable, "target.stopping", "The target is stopping.", "Ask again when it has started.");
        }
    }

    /// <summary>Bad JSON and the like, which ASP.NET finds before the request runs.</summary>
    public static IResult Of(BadHttpRequestException e) => Of(
        e.StatusCode, "target.invalid-request", (e.InnerException as JsonException ?? (Exception)e).Message, "Correct the request; docs/target.md describes what it carries.");

    private static int StatusOf(string code) => code switch
    {
        _ when code.StartsWith("target.no-such-", StringComparison.Ordinal) => StatusCodes.Status404NotFound,
        _ when code.StartsWith("target.invalid-", StringComparison.Ordinal) => StatusCodes.Status400BadRequest,
        "target.no-space" => StatusCodes.Status507InsufficientStorage,
        "target.records-not-saved" or "target.flush-failed" or "target.resize-failed" => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status409Conflict,
    };

    private static string TitleOf(int status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request is wrong",
        StatusCodes.Status401Unauthorized => "The token is missing or wrong",
        StatusCodes.Status404NotFound => "There is no such thing",
        StatusCodes.Status409Conflict => "The target's state does not allow it",
        StatusCodes.Status507InsufficientStorage => "There is not enough space",
        StatusCodes.Status503ServiceUnavailable => "Not now",
        _ => "The target could not do it",
    };
}
