using System.Text.Json;

namespace Migrate.Executor.Runs;

/// <summary>How long a roll-back took, in parts that follow each other: kept in the run's row, so that it goes on with whoever takes the run over.</summary>
public static class RollBackClock
{
    public const string Waiting = "waiting for the run's work";
    public const string EndingDomain = "ending the domain";
    public const string TakingDisks = "taking its disks";
    public const string RestoringSource = "restoring the source";
    public const string DeletingData = "deleting what was copied";
    /// <summary>The last mark: nothing follows.</summary>
    public const string Done = "done";

    /// <summary>Somebody asked for it.</summary>
    public static string Begin(DateTime now) => Write([new DowntimeMark(Waiting, now)]);

    /// <summary>From now on it is at this.</summary>
    public static Task MarkAsync(RunWork work, string part, DateTime now, CancellationToken cancellationToken)
    {
        var marks = Read(work.Run.RollBack);
        if (marks.Count > 0 && marks[^1].Part == part)
        {
            return Task.CompletedTask;
        }

        var json = Write([.. marks, new DowntimeMark(part, now)]);
        return work.UpdateAsync(set => set.SetProperty(x => x.RollBack, json), cancellationToken);
    }

    public static IReadOnlyList<DowntimeMark> Read(string? json) => json is null ? [] : JsonSerializer.Deserialize(json, RunsJson.Default.IReadOnlyListDowntimeMark) ?? [];

    private static string Write(IReadOnlyList<DowntimeMark> marks) => JsonSerializer.Serialize(marks, RunsJson.Default.IReadOnlyListDowntimeMark);
}
