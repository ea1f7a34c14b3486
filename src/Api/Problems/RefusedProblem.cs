using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Pages.Shared;
using Migrate.Executor.Runs;
using Migrate.Planner;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;
using Migrate.Target.Admin;

namespace Migrate.Api.Problems;

/// <summary>The problem details of what was refused or failed with a code; the same for the API's answers and on pages.</summary>
internal static class RefusedProblem
{
    /// <summary>Null for a defect.</summary>
    public static ProblemHttpResult? Of(Exception exception) => exception switch
    {
        InvalidRequestException e => Problem.Of(StatusCodes.Status422UnprocessableEntity, e.Code, e.Message, e.Remedy, e.Errors),
        PlanRefusedException e => Problem.Of(
            StatusCodes.Status422UnprocessableEntity,
            e.Code,
            $"The plan {e.What}: {Text.Count(e.Problems.Count, "problem")}.",
            "Correct what is listed and ask again.",
            [.. e.Problems.Select(p => $"{p.Subject}: {p.Message} {p.Remedy} ({p.Code})")]),
        ChangedMeanwhileException e => Problem.Of(StatusCodes.Status412PreconditionFailed, e.Code, e.Message, e.Remedy, e.Changes),
        WaveRefusedException e => Problem.Of(
            StatusCodes.Status409Conflict,
            e.Code,
            $"The wave was not started, for {Text.Count(e.Refusals.Count, "reason")}.",
            "Remedy each point, synchronise the inventory and start the wave again.",
            [.. e.Refusals.Select(r => $"{r.Subject}: {Sentence(r.Message)} {r.Remedy} ({r.Code})")]),
        WaveProblemsException e => Problem.Of(ProblemStatus.Of(e), e.Code, $"{e.What}: {Text.Count(e.Problems.Count, "problem")}.", e.Remedy, e.Problems),
        TargetException e => Problem.Of(ProblemStatus.Of(e.Code, isTransient: false), e.Code, e.Message, e.Remedy),
        MigrateException e => Problem.Of(ProblemStatus.Of(e), e.Code, e.Message, e.Remedy, leftBehind: e.LeftBehind),
        _ => null,
    };

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
