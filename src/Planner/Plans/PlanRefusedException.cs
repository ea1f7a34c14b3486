namespace Migrate.Planner.Plans;

/// <summary>One thing that is wrong with a plan request. <paramref name="Subject"/> names what it is about.</summary>
public sealed record PlanProblem(string Code, string Subject, string Message, string Remedy);

/// <summary>A plan request was refused; every problem is listed, so that one correction is enough.</summary>
public sealed class PlanRefusedException(string planName, IReadOnlyList<PlanProblem> problems, string what = "was not created") : MigrateException(
    "plan.refused",
    $"The plan '{planName}' {what}: {(problems.Count == 1 ? "1 problem" : $"{problems.Count} problems")}. " +
        string.Join(" ", problems.Select(problem => problem.Message)),
    string.Join(" ", problems.Select(problem => problem.Remedy).Distinct()))
{
    public IReadOnlyList<PlanProblem> Problems { get; } = problems;

    /// <summary>What did not happen to the plan.</summary>
    public string What { get; } = what;
}
