using Microsoft.AspNetCore.Diagnostics;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Plans;
using Migrate.Target.Admin;

namespace Migrate.Api.Problems;

/// <summary>Turns what an endpoint threw into problem details; a defect's own text goes to the log and not to the caller.</summary>
internal sealed partial class ProblemWriter(ILogger<ProblemWriter> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            InvalidRequestException e => Problem.Of(StatusCodes.Status422UnprocessableEntity, e.Code, e.Message, e.Remedy, e.Errors),
            PlanRefusedException e => Problem.Of(
                StatusCodes.Status422UnprocessableEntity,
                e.Code,
                $"The plan was not created: {Text.Count(e.Problems.Count, "problem")}.",
                "Correct what is listed and ask again.",
                [.. e.Problems.Select(p => $"{p.Subject}: {p.Message} {p.Remedy} ({p.Code})")]),
            WaveRefusedException e => Problem.Of(
                StatusCodes.Status409Conflict,
                e.Code,
                $"The wave was not started, for {Text.Count(e.Refusals.Count, "reason")}.",
                "Remedy each point, synchronise the inventory and start the wave again.",
                [.. e.Refusals.Select(r => $"{r.Subject}: {Sentence(r.Message)} {r.Remedy} ({r.Code})")]),
            TargetException e => Problem.Of(ProblemStatus.Of(e.Code, isTransient: false), e.Code, e.Message, e.Remedy),
            MigrateException e => Problem.Of(ProblemStatus.Of(e), e.Code, e.Message, e.Remedy, leftBehind: e.LeftBehind),
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

        await problem.ExecuteAsync(httpContext);
        return true;
    }

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";

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
