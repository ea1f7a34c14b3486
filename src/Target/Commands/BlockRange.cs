using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Commands;

/// <summary>SLBA and NLB of a command (NVM Command Set 1.0, 3.2) in bytes.</summary>
internal readonly record struct BlockRange(long Offset, long Length)
{
    /// <summary>For an entry that <see cref="Check"/> has passed.</summary>
    public static BlockRange Of(in SubmissionEntry entry, Namespace one) =>
        new((long)entry.Slba << one.BlockShift, (long)((entry.Cdw12 & 0xFFFF) + 1) << one.BlockShift); // NLB is 0's based

    public bool Overlaps(BlockRange other) => Offset < other.Offset + other.Length && other.Offset < Offset + Length;

    public static ushort Check(in SubmissionEntry entry, Namespace one, long maxBytes, out BlockRange range)
    {
        range = Of(entry, one);
        if (!one.Contains(entry.Slba, (entry.Cdw12 & 0xFFFF) + 1))
        {
            return NvmeStatus.LbaOutOfRange | NvmeStatus.DoNotRetry;
        }

        return range.Length <= maxBytes ? NvmeStatus.Success : (ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry);
    }
}
