using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Notifications;

/// <summary>Something that people want to be told of.</summary>
/// <param name="Key">The same happening has the same key, however often it is seen.</param>
/// <param name="Event">ready | failed | verdict | stalled.</param>
internal sealed record Happening(string Key, string Event, Run Run, DateTime At, string Text, string? Remedy);

/// <summary>
/// What happened to runs, read from their rows: whoever changes a run need not know that anybody is told of it, and a process that dies in between loses nothing, since the
/// rows still say it.
/// </summary>
internal static class Happenings
{
    /// <summary>Further back nobody is told of anything: what is older was told, or given up.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    public static async Task<IReadOnlyList<Happening>> SinceAsync(MigrateDb db, DateTime begin, DateTime now, CancellationToken cancellationToken)
    {
        var since = begin > now - Longest ? begin : now - Longest;
        List<Happening> all = [];
        // Each half has an index of its own.
        var lately = db.Runs.Where(x => x.FinishedAt >= since && (x.Phase == RunPhase.Failed || x.Outcome != null)).Select(x => x.Id)
            .Union(db.Runs.Where(x => x.ReadyAt >= since).Select(x => x.Id));
        foreach (var run in await db.Runs.AsNoTracking().Where(x => lately.Contains(x.Id))
            .Select(x => new Run // Looked at every few seconds: without its wide columns.
            {
                Id = x.Id,
                PlanId = x.PlanId,
                VmKey = x.VmKey,
                VmName = x.VmName,
                Wave = x.Wave,
                Phase = x.Phase,
                ResumePhase = x.ResumePhase,
                Outcome = x.Outcome,
                Error = x.Error,
                Remedy = x.Remedy,
                ReadyAt = x.ReadyAt,
                FinishedAt = x.FinishedAt,
                CutOverAt = x.CutOverAt,
            })
            .ToListAsync(cancellationToken))
        {
            if (run is { Phase: RunPhase.Failed, FinishedAt: { } failed } && failed >= since)
            {
                all.Add(new Happening($"failed/{run.Id}/{failed.Ticks}", "failed", run, failed, $"'{run.VmName}' failed while {run.ResumePhase}: {run.Error}", run.Remedy));
            }

            if (run is { Phase: RunPhase.Completed, Outcome: { } outcome, FinishedAt: { } judged } && judged >= since)
            {
                all.Add(new Happening($"verdict/{run.Id}/{judged.Ticks}", "verdict", run, judged, $"'{run.VmName}' was moved; the verdict is {outcome}.", outcome == "Fail" ? "Read the report: migrate report handover. Later waves wait until the verdict is accepted." : null));
            }

            if (run is { ReadyAt: { } ready } && ready >= since)
            {
                all.Add(new Happening($"ready/{run.Id}/{ready.Ticks}", "ready", run, ready, $"'{run.VmName}' is ready to be cut over.", run.CutOverAt is null ? "Cut it over: migrate run cutover." : null));
            }
        }

        var stalls = await db.RunDisks.AsNoTracking().Where(x => x.StalledSince >= since)
            .Join(db.Runs.AsNoTracking(), x => x.RunId, x => x.Id, (disk, run) => new { disk.Id, disk.Label, disk.StalledSince, disk.Bottleneck, Run = run }).ToListAsync(cancellationToken);
        all.AddRange(stalls.Select(x => new Happening(
            $"stalled/{x.Id}/{x.StalledSince!.Value.Ticks}", "stalled", x.Run, x.StalledSince.Value, $"The copy of {x.Label} of '{x.Run.VmName}' does not get on. {x.Bottleneck}",
            "See what it waits for: migrate run show. It goes on by itself when that is mended.")));
        return all;
    }
}
