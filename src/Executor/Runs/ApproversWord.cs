using Migrate.Planner;

namespace Migrate.Executor.Runs;

/// <summary>Who has a VM cut over or taken back, and why; kept in the run's log.</summary>
public sealed record ApproversWord(string By, string? Reason)
{
    /// <summary>Short enough for "tested ok", long enough to be a word about something.</summary>
    public const int ShortestReason = 8;

    /// <exception cref="MigrateException">run.reason-missing.</exception>
    public void Check(string what)
    {
        if ((Reason ?? "").Trim().Length < ShortestReason)
        {
            throw new MigrateException("run.reason-missing", $"{what} needs a reason.", $"Say in {ShortestReason} characters or more why (--reason); it is kept in the run's log and the audit log.");
        }
    }

    public override string ToString() => $"by {By}: {Reason?.Trim()}";
}
