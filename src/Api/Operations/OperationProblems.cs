using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Problems;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

/// <summary>Why operations end otherwise than they should.</summary>
internal static class OperationProblems
{
    /// <summary>As a call that fails of the same; null for a defect, whose own text is not for callers.</summary>
    public static OperationProblem? Of(Exception exception) =>
        RefusedProblem.Of(exception) is { } problem ? Of(problem) : DatabaseTrouble.Is(exception) ? OfDatabase(exception) : null;

    public static OperationProblem Defect(Guid id) =>
        Of(Problem.Of(StatusCodes.Status500InternalServerError, "internal", "The server failed in a way that it does not know.", $"Search the server's log for {id} and report it."));

    public static OperationProblem Cancelled(Operation operation, string by) => Of(new MigrateException(
        "operation.cancelled", $"{operation.Kind} of {operation.Subject} was cancelled by {by}.", "Start it again when it is wanted: what it had not finished is done anew."))!;

    public static OperationProblem Interrupted(Operation operation) => Of(new MigrateException(
        "operation.interrupted", $"{operation.Kind} of {operation.Subject} was interrupted: the server was stopped over it.", "See first whether it was done at the last moment; else start it again: it keeps nothing half done, and what it had not finished is done anew."))!;

    private static OperationProblem OfDatabase(Exception exception) => Of(new MigrateException(
        "database.trouble", $"The database could not be read or written, which ended the operation: {DatabaseTrouble.Says(exception)}.", "See that the database answers, then start it again."))!;

    private static OperationProblem Of(ProblemHttpResult problem) => new(
        problem.ProblemDetails.Type ?? "", problem.ProblemDetails.Title ?? "", problem.StatusCode, Text(problem, "code"), Text(problem, "remedy"), Lines(problem, "errors"), Lines(problem, "leftBehind"));

    private static string Text(ProblemHttpResult problem, string name) => problem.ProblemDetails.Extensions[name] as string ?? "";

    private static IReadOnlyList<string> Lines(ProblemHttpResult problem, string name) => problem.ProblemDetails.Extensions[name] as IReadOnlyList<string> ?? [];
}
