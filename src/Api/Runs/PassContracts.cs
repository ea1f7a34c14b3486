using Migrate.Planner.Convergence;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.ChangeTracking;

namespace Migrate.Api.Runs;

/// <summary>One pass of a warm run: a moment at which all disks of the VM held still, and what was copied of it.</summary>
/// <param name="Number">From 1; a pass that was given up has one, too.</param>
/// <param name="IsLast">Made after the VM was shut down, without a snapshot.</param>
/// <param name="Outcome">Running, Completed or GivenUp.</param>
/// <param name="Reason">Why it was given up.</param>
/// <param name="IsCrashConsistent">The guest was not quiet at the pass's moment.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="FrozenAt">The moment of which the disks are copied, UTC.</param>
/// <param name="FinishedAt">UTC.</param>
/// <param name="CopySeconds">From that moment until the last disk was copied.</param>
/// <param name="FreezeMs">Milliseconds from asking for the snapshot until it was taken: the VM was stunned for this long at most.</param>
/// <param name="MergeMs">Milliseconds from asking for the snapshot's removal until its deltas were merged.</param>
/// <param name="BytesNamed">What the source named as changed or in use, in extents of 1 MiB.</param>
/// <param name="BytesRead">Read from the source, the self-test's sample included.</param>
/// <param name="BytesSent">Data written to the namespaces.</param>
/// <param name="SampledExtents">Extents that the source called unchanged and that were read all the same.</param>
/// <param name="WrongExtents">Of these, those that had changed; any of them makes the pass compare the whole disk.</param>
/// <param name="Disks">The same per disk.</param>
public sealed record PassView(
    int Number,
    bool IsLast,
    PassOutcome Outcome,
    string? Reason,
    bool IsCrashConsistent,
    DateTime StartedAt,
    DateTime? FrozenAt,
    DateTime? FinishedAt,
    double? CopySeconds,
    long? FreezeMs,
    long? MergeMs,
    long BytesNamed,
    long BytesRead,
    long BytesSent,
    long SampledExtents,
    long WrongExtents,
    IReadOnlyList<PassDiskView> Disks);

/// <summary>What a pass did to one disk.</summary>
/// <param name="DiskKey">Device key in the VM.</param>
/// <param name="Label">e.g. Hard disk 1.</param>
/// <param name="Basis">Changes, UsedAreas or Everything.</param>
/// <param name="Reason">Why this basis.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="FinishedAt">UTC.</param>
/// <param name="BytesNamed">As in the pass.</param>
/// <param name="BytesRead">As in the pass.</param>
/// <param name="BytesSent">As in the pass.</param>
/// <param name="SampledExtents">As in the pass.</param>
/// <param name="WrongExtents">As in the pass.</param>
/// <param name="SourceHash">Hash of the disk at the pass's moment, hex.</param>
public sealed record PassDiskView(
    int DiskKey,
    string Label,
    PassBasis Basis,
    string Reason,
    DateTime StartedAt,
    DateTime? FinishedAt,
    long BytesNamed,
    long BytesRead,
    long BytesSent,
    long SampledExtents,
    long WrongExtents,
    string? SourceHash);

/// <summary>Whether the passes of a VM come to fit the downtime that its plan allows.</summary>
/// <param name="Vm">Name of the VM.</param>
/// <param name="AllowedDowntimeSeconds">Of the plan.</param>
/// <param name="IsKnown">False: neither a baseline nor passes tell how fast the VM changes. Nothing that follows says anything then.</param>
/// <param name="PassesNeeded">Passes still to make before the last one; 0: it fits now; null: no number of them is enough.</param>
/// <param name="DowntimeSeconds">Of the last pass after these.</param>
/// <param name="LastPassBytes">What the last pass copies.</param>
/// <param name="ChangeRatio">Change rate by copy rate; passes get shorter when it is below 1. Null when nothing can be copied.</param>
/// <param name="Code">Null when the passes converge; else forecast.change-rate, forecast.fixed-downtime, forecast.overhead or forecast.passes.</param>
/// <param name="Why">Why they do not.</param>
/// <param name="Remedy">What can be done about it.</param>
public sealed record ForecastView(
    string Vm,
    int AllowedDowntimeSeconds,
    bool IsKnown,
    int? PassesNeeded,
    BandView? DowntimeSeconds,
    BandView? LastPassBytes,
    double? ChangeRatio,
    string? Code,
    string? Why,
    string? Remedy)
{
    internal static ForecastView Of(string vm, int allowed, ConvergenceForecast? forecast) => new(
        vm, allowed, forecast is not null, forecast?.PassesNeeded, BandView.Of(forecast?.DowntimeSeconds), BandView.Of(forecast?.LastPassBytes),
        forecast is { ChangeRatio: var ratio } && double.IsFinite(ratio) ? ratio : null, forecast?.Code, forecast?.Why, forecast?.Remedy);
}

/// <summary>A figure that is not known exactly.</summary>
/// <param name="Low">At best.</param>
/// <param name="Likely">To be expected.</param>
/// <param name="High">At worst.</param>
public sealed record BandView(double Low, double Likely, double High)
{
    // JSON has no infinity, which is what a copy without any rate takes.
    internal static BandView? Of(Band? band) => band is { } x && double.IsFinite(x.Low) && double.IsFinite(x.Likely) && double.IsFinite(x.High) ? new(x.Low, x.Likely, x.High) : null;
}
