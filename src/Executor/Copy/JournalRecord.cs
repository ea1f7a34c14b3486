namespace Migrate.Executor.Copy;

/// <summary>What a copy tells its journal: the hash of one extent, a run of zero extents, or an extent that is about to be overwritten and so counts as unknown.</summary>
internal readonly record struct JournalRecord(long First, uint Count, ReadOnlyMemory<byte> Hash, bool IsForgotten = false)
{
    public bool IsZero => Hash.IsEmpty && !IsForgotten;

    public static JournalRecord Forgotten(long index) => new(index, 1, default, IsForgotten: true);
}
