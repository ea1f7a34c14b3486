using Migrate.Executor.Rehearsals;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>The last rehearsal of a run's cutover: its guest, converted if the plan wants that, started from overlays and without a network while the source went on.</summary>
/// <param name="State">Running, Works, Failed, Inconclusive (nothing told whether the guest serves) or Abandoned; null while it is only asked for.</param>
/// <param name="AskedAt">Since when an operator waits for one, UTC; null when none does.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="FinishedAt">UTC; null while it goes on.</param>
/// <param name="Guest">The guest's system in its own words; null where nobody looked.</param>
/// <param name="IsConverted">By virt-v2v.</param>
/// <param name="ConversionSeconds">Looking into the guest and converting it: the forecast of the downtime counts it.</param>
/// <param name="BootSeconds">From the start until the guest told that it serves; null when it did not.</param>
/// <param name="Code">Code of what failed.</param>
/// <param name="Reason">What told that it works, or what failed.</param>
/// <param name="Remedy">What can be done about it.</param>
/// <param name="Log">File with all that the tools of the conversion said, on the server's machine; null where the plan wants none.</param>
/// <param name="ConsoleEnd">The end of what a guest that did not come up showed on its console.</param>
public sealed record RehearsalView(
    RehearsalState? State, DateTime? AskedAt, DateTime? StartedAt, DateTime? FinishedAt, string? Guest, bool IsConverted, double? ConversionSeconds, double? BootSeconds,
    string? Code, string? Reason, string? Remedy, string? Log, string? ConsoleEnd)
{
    public static RehearsalView? Of(Run run) => (RehearsalRecord.Read(run.Rehearsal), run.RehearsalAskedAt) switch
    {
        (null, null) => null,
        (null, { } asked) => new RehearsalView(null, asked, null, null, null, false, null, null, null, null, null, null, null),
        ({ } record, var asked) => new RehearsalView(
            record.State, asked, record.StartedAt, record.FinishedAt, record.Guest, record.IsConverted, record.ConversionSeconds, record.BootSeconds,
            record.Code, record.Reason, record.Remedy, record.Log, record.ConsoleEnd),
    };
}
