using System.Globalization;
using Migrate.Executor.Validation.Causes;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>How the guest's I/O is observed after its cutover, for the verdict.</summary>
/// <param name="Since">When QEMU began to count, UTC.</param>
/// <param name="LookAt">When what was seen is looked at next, UTC.</param>
/// <param name="Until">When it is looked at last, if no look before decides, UTC.</param>
/// <param name="EndedAt">When the last look was, UTC; null while it goes on.</param>
/// <param name="SeenUntil">What was seen until then is stored, UTC; at most five minutes ago while the host can be asked.</param>
/// <param name="Operations">Reads and writes in that.</param>
/// <param name="Looks">How many looks were taken.</param>
/// <param name="Said">What the last of them said; null before the first.</param>
/// <param name="Noticed">What was noticed meanwhile that forbids trusting the figures; empty when there is nothing.</param>
/// <param name="Around">What the last look saw around the storage: processors, TCP, target, set-up of the disks; null before the first.</param>
/// <param name="Causes">What of that is likely to make storage slow, each with its figures; none of it is proof.</param>
/// <param name="Statement">All of it in a sentence.</param>
public sealed record ObservationView(
    DateTime Since, DateTime LookAt, DateTime Until, DateTime? EndedAt, DateTime SeenUntil, long Operations, int Looks, string? Said, IReadOnlyList<string> Noticed,
    StorageEvidence? Around, IReadOnlyList<string> Causes, string Statement)
{
    internal static ObservationView? Of(StorageObservation? row)
    {
        if (row is null)
        {
            return null;
        }

        var around = row.Around is { } json ? StorageEvidence.Read(json) : null;
        return new ObservationView(
            row.StartedAt, row.LookAt, row.Until, row.EndedAt, row.StoredUntil, row.Operations, row.Looks, row.Said, ObservationRefusals.Noticed(ObservationState.Read(row.State)),
            around, around is null ? [] : LatencyCauses.Suggest(around), Says(row));
    }

    internal static string Says(StorageObservation row)
    {
        var seen = string.Create(CultureInfo.InvariantCulture, $"{row.Operations} I/Os seen until {Text.Time(row.StoredUntil)}");
        return row.EndedAt is { } ended
            ? $"observed from {Text.Time(row.StartedAt)} until {Text.Time(ended)}, {seen}"
            : $"observed since {Text.Time(row.StartedAt)}, {seen}; looked at {Text.Time(row.LookAt)}{(row.Until > row.LookAt ? $", and until {Text.Time(row.Until)} if that leaves the verdict open" : "")}";
    }
}
