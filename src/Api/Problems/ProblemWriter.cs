using Microsoft.AspNetCore.Diagnostics;
using Migrate.Api.Pages.Problems;

namespace Migrate.Api.Problems;

/// <summary>Turns what an endpoint threw into problem details; a defect's own text goes to the log and not to the caller.</summary>
internal sealed partial class ProblemWriter(ILogger<ProblemWriter> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            _ when RefusedProblem.Of(exception) is { } refused => refused,
            BadHttpRequestException e => Problem.Of(
                e.StatusCode, "request.invalid", "The request could not be read.", "Compare it with /openapi/v1.json.", Reasons(e)),
            OperationCanceledException when httpContext.RequestAborted.IsCancellationRequested => null,
            _ => Problem.Of(
                StatusCodes.Status500InternalServerError,
                "internal",
                "The server failed in a way that it does not know.",
                $"Search the server's log for {httpContext.TraceIdentifier} and report it."),
        };

        if (problem is null)
        {
            return true;
        }

        if (problem.StatusCode == StatusCodes.Status500InternalServerError)
        {
            LogDefect(exception, httpContext.Request.Method, httpContext.Request.Path, httpContext.TraceIdentifier);
        }
        else
        {
            LogRefused(httpContext.Request.Method, httpContext.Request.Path, problem.StatusCode, problem.ProblemDetails.Title ?? "");
        }

        await ProblemPages.AnswerAsync(httpContext, problem);
        return true;
    }

    private static List<string> Reasons(Exception exception)
    {
        var reasons = new List<string>();
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            reasons.Add(e.Message);
        }

        return reasons;
    }
}
