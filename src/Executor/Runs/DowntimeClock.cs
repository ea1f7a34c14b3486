using System.Text.Json;
using Migrate.Planner.Convergence;

namespace Migrate.Executor.Runs;

/// <summary>From when on a guest's downtime was spent on something.</summary>
/// <param name="Part">shutting down | copying | handing over | converting | starting | booting | rolling back.</param>
/// <param name="At">UTC.</param>
public sealed record DowntimeMark(string Part, DateTime At);

/// <summary>
/// The outage of a guest that its run shut down, from asking it to shut down until it was seen to serve again, in parts that follow each other without a gap: their
/// sum is the outage, whatever was retried in between. Kept in the run's row, so that it goes on with whoever takes the run over.
/// </summary>
public static class DowntimeClock
{
    public const string ShuttingDown = "shutting down";
    public const string Copying = "copying";
    public const string HandingOver = "handing over";
    public const string Converting = "converting";
    public const string Starting = "starting";
    public const string Booting = "booting";
    public const string RollingBack = "rolling back";

    /// <summary>The guest was asked to shut down, and was not seen to serve since.</summary>
    public static bool IsRunning(RunWork work) => work.Run is { DowntimeStartedAt: not null, DowntimeEndedAt: null };

    /// <summary>The guest is asked to shut down: from here on no word for it can be taken back.</summary>
    /// <returns>False: a word was given or taken back since the run was read, and nothing has begun.</returns>
    public static Task<bool> TryBeginAsync(RunWork work, Band? forecast, DateTime now, CancellationToken cancellationToken)
    {
        if (IsRunning(work))
        {
            return Task.FromResult(true); // A retry of the same outage.
        }

        var (approval, cutOverAt, isForced) = (work.Run.Approval, work.Run.CutOverAt, work.Run.CutOverForced);
        var expected = forecast is null ? null : JsonSerializer.Serialize(forecast, RunsJson.Default.Band);
        var marks = Write([new DowntimeMark(ShuttingDown, now)]);
        return work.TryUpdateAsync(
            x => x.Approval == approval && x.CutOverAt == cutOverAt && x.CutOverForced == isForced,
            set => set.SetProperty(x => x.DowntimeStartedAt, now).SetProperty(x => x.DowntimeEndedAt, (DateTime?)null).SetProperty(x => x.Downtime, marks).SetProperty(x => x.DowntimeForecast, expected),
            cancellationToken);
    }

    /// <summary>From now on it is spent on this; nothing while there is none.</summary>
    public static Task MarkAsync(RunWork work, string part, DateTime now, CancellationToken cancellationToken)
    {
        var marks = Read(work.Run.Downtime);
        if (!IsRunning(work) || (marks.Count > 0 && marks[^1].Part == part))
        {
            return Task.CompletedTask;
        }

        var json = Write([.. marks, new DowntimeMark(part, now)]);
        return work.UpdateAsync(set => set.SetProperty(x => x.Downtime, json), cancellationToken);
    }

    public static Task EndAsync(RunWork work, DateTime now, CancellationToken cancellationToken) =>
        IsRunning(work) ? work.UpdateAsync(set => set.SetProperty(x => x.DowntimeEndedAt, now), cancellationToken) : Task.CompletedTask;

    /// <summary>Seconds per part, in the order in which they came first; the last one lasts until <paramref name="end"/>.</summary>
    public static IReadOnlyList<(string Part, double Seconds)> PartsOf(string json, DateTime end)
    {
        var marks = Read(json);
        return
        [
            .. marks.Select((mark, i) => (mark.Part, Seconds: ((i + 1 < marks.Count ? marks[i + 1].At : end) - mark.At).TotalSeconds))
                .GroupBy(x => x.Part).Select(x => (x.Key, x.Sum(y => y.Seconds))),
        ];
    }

    private static IReadOnlyList<DowntimeMark> Read(string json) => JsonSerializer.Deserialize(json, RunsJson.Default.IReadOnlyListDowntimeMark) ?? [];

    private static string Write(IReadOnlyList<DowntimeMark> marks) => JsonSerializer.Serialize(marks, RunsJson.Default.IReadOnlyListDowntimeMark);
}
