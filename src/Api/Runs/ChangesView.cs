using Migrate.Executor.Runs.KeepBehind;

namespace Migrate.Api.Runs;

/// <summary>What a roll-back of a run would lose.</summary>
/// <param name="State">Counted, Lost (QEMU's count ended with its domain) or NotCounted (the plan does not want it, or no domain was started).</param>
/// <param name="Statement">The same in a sentence.</param>
/// <param name="Bytes">What the guest has changed on its disks, in whole blocks; of a lost count what was known last; null when it is not counted.</param>
/// <param name="Since">From when on it is counted, UTC.</param>
/// <param name="SeenAt">When it was read, UTC; of a lost count, since when nothing is known.</param>
/// <param name="Disks">Each disk's part.</param>
public sealed record ChangesView(string State, string Statement, long? Bytes, DateTime? Since, DateTime? SeenAt, IReadOnlyList<BehindDisk> Disks)
{
    internal static ChangesView Of(BehindRecord? record) => new(
        record is null ? "NotCounted" : record.LostAt is null ? "Counted" : "Lost", ChangesBehind.Says(record), record?.Bytes, record?.Since, record?.SeenAt, record?.Disks ?? []);
}
