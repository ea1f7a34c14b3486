using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>How long a roll-back took.</summary>
/// <param name="AskedAt">UTC.</param>
/// <param name="EndedAt">UTC; null while it goes on.</param>
/// <param name="Seconds">Between the two, so far.</param>
/// <param name="Parts">What it was spent on; they add up to it.</param>
public sealed record RollBackView(DateTime AskedAt, DateTime? EndedAt, double Seconds, IReadOnlyList<RollBackPart> Parts)
{
    internal static RollBackView? Of(Run run, DateTime now)
    {
        var marks = RollBackClock.Read(run.RollBack);
        if (marks.Count == 0)
        {
            return null;
        }

        DateTime? ended = marks[^1].Part == RollBackClock.Done ? marks[^1].At : null;
        var end = ended ?? now;
        return new RollBackView(
            marks[0].At, ended, (end - marks[0].At).TotalSeconds,
            [
                .. marks.Where(x => x.Part != RollBackClock.Done).Select((x, i) => new RollBackPart(x.Part, ((i + 1 < marks.Count ? marks[i + 1].At : end) - x.At).TotalSeconds)),
            ]);
    }
}

/// <summary>A part of a roll-back.</summary>
/// <param name="Part">waiting for the run's work, ending the domain, taking its disks, restoring the source or deleting what was copied.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record RollBackPart(string Part, double Seconds);
