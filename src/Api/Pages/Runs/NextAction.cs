using System.Globalization;
using Migrate.Api.Pages.Shared;
using Migrate.Api.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Runs;

/// <summary>What whoever looks at a run should do next; mostly nothing, and then what happens next by itself.</summary>
/// <param name="Tone">How pressing it is.</param>
/// <param name="Title">In a few words.</param>
/// <param name="Statement">What is so, and what follows.</param>
public sealed record NextAction(Tone Tone, string Title, string Statement)
{
    /// <param name="detail">The run.</param>
    /// <param name="gates">Of its cutover.</param>
    public static NextAction Of(RunDetail detail, IReadOnlyList<CutoverGate> gates)
    {
        var run = detail.Run;
        var closed = gates.Where(x => x.IsClosed).ToList();
        return run.Phase switch
        {
            RunPhase.Failed => new(Tone.Bad, "Action required: it failed", $"{run.Error} {run.Remedy} Then retry: it goes on where it failed, and what was copied stays copied."),
            RunPhase.Paused => new(Tone.Warn, "Action required: it is paused", "It stands at a checkpoint. Resume it to go on."),
            RunPhase.Preparing or RunPhase.Ready when run.Mode == MigrationMode.Cold && closed.Count > 0 =>
                new(Tone.Warn, $"It waits before its cutover: {string.Join(", ", closed.Select(x => x.Id).Distinct())}", $"{string.Join(" ", closed.Select(x => x.Statement))} It goes on by itself when all of its gates are open."),
            RunPhase.Ready when run.CutOverAt is { } at => new(Tone.Busy, "No action required: the cutover is set", string.Create(CultureInfo.InvariantCulture, $"It goes down at {Text.Time(at)}, once its gates are open.")),
            RunPhase.Ready when run.Mode == MigrationMode.Cold => new(Tone.Busy, "No action required: it is cut over next", "Its disks are copied, and its guest is off. Its domain is made and started."),
            RunPhase.Ready => new(Tone.Warn, "Action required: cut over", "The copy is close enough behind. The guest is shut down, the last pass is made, and the domain is started."),
            RunPhase.Completed when detail.FailedVerdict is { Holds: true } verdict => new(Tone.Bad, "Action required: its verdict is Fail", $"{verdict.Statement} Later waves are held until somebody accepts it or rolls it back."),
            RunPhase.Completed => new(Words.ToneOfOutcome(run.Outcome), "It has moved", run.Outcome switch
            {
                "Pass" => "Everything that was to be proven is proven. The report can be handed over.",
                "Inconclusive" => "It runs at its destination; the report says what could not be proven, and why.",
                _ => "It runs at its destination. The report has the reasons of its verdict.",
            }),
            RunPhase.RolledBack => new(Tone.Idle, "It was rolled back", "The domain is gone, and the source is as it was before. Start its wave again to move it."),
            _ when run.StalledSince is { } since => new(Tone.Warn, "Look at it: nothing gets on", $"Nothing was settled since {Text.Time(since)}. {run.Bottleneck}"),
            RunPhase.Planned => new(Tone.Idle, "No action required: it waits for its turn", "It begins when a worker is free and its time has come."),
            RunPhase.Preparing => new(Tone.Busy, "No action required: it is prepared", "The source is logged in to, disks are looked at, and namespaces are made."),
            RunPhase.Seeding => new(Tone.Busy, "No action required: its disks are copied", run.Mode == MigrationMode.Cold ? "What is written is read back. Then its domain is made and started." : "The guest runs meanwhile. Passes with what it changes follow."),
            RunPhase.Syncing => new(Tone.Busy, "No action required: what has changed is copied", "Passes are made until the last one would fit the downtime that the plan allows."),
            RunPhase.CuttingOver => new(Tone.Busy, "No action required: it is cut over", "The guest is off. Its domain is made, its disks are handed over, and it is started."),
            RunPhase.Validating => new(Tone.Busy, "No action required: it is validated", run.Observed is { } observed ? $"It serves already; {observed}." : "It is waited for the guest to come up; then its I/O is observed."),
            _ => new(Tone.Idle, Words.Of(run.Phase), ""),
        };
    }
}
