using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Problems;

namespace Migrate.Api.Pages.Shared;

/// <summary>Why what was asked for did not happen: the same words as in the API's problem details.</summary>
/// <param name="Status">The HTTP status of the answer.</param>
/// <param name="Code">Stable.</param>
/// <param name="Message">What happened.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Errors">Everything that is wrong, one line each; empty when the message says it all.</param>
public sealed record Failure(int Status, string Code, string Message, string Remedy, IReadOnlyList<string> Errors)
{
    internal static Failure Of(ProblemHttpResult problem) => new(
        problem.StatusCode,
        problem.ProblemDetails.Extensions["code"] as string ?? "",
        problem.ProblemDetails.Title ?? "",
        problem.ProblemDetails.Extensions["remedy"] as string ?? "",
        [
            .. problem.ProblemDetails.Extensions["errors"] as IReadOnlyList<string> ?? [],
            .. problem.ProblemDetails.Extensions["leftBehind"] as IReadOnlyList<string> ?? [],
        ]);

    /// <summary>Null for what is a defect and no refusal.</summary>
    internal static Failure? Of(Exception exception) => RefusedProblem.Of(exception) is { } problem ? Of(problem) : null;
}
