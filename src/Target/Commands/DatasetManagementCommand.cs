using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Commands;

/// <summary>Dataset Management (NVM Command Set 1.0, 3.2.3): deallocates ranges; its other attributes are hints that the target has no use for.</summary>
internal sealed class DatasetManagementCommand : StorageCommand
{
    public static readonly DatasetManagementCommand Instance = new();

    private const int RangeSize = 16;
    private const uint Deallocate = 1 << 2;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        shape = new CommandShape(((int)(entry.Cdw10 & 0xFF) + 1) * RangeSize, 0);
        return NvmeStatus.Success;
    }

    public override bool IsBarredBy(RangeGuard guard, IoCommand command) => true; // its ranges are many, and guards are short

    public override ushort Execute(IoCommand command, Backing backing)
    {
        if ((command.Entry.Cdw11 & Deallocate) == 0)
        {
            return NvmeStatus.Success;
        }

        var one = command.Namespace;
        for (var rest = command.Data; !rest.IsEmpty; rest = rest[RangeSize..])
        {
            var (slba, blocks) = Range(rest);
            if (!one.Contains(slba, blocks))
            {
                return NvmeStatus.LbaOutOfRange | NvmeStatus.DoNotRetry;
            }
        }

        for (var rest = command.Data; !rest.IsEmpty; rest = rest[RangeSize..])
        {
            var (slba, blocks) = Range(rest);
            var error = blocks == 0 ? 0 : backing.PunchHole((long)slba << one.BlockShift, (long)blocks << one.BlockShift);
            if (error is not (0 or Errno.EOPNOTSUPP))
            {
                return command.Failed(error, NvmeStatus.WriteFault);
            }

            // A file system without holes keeps its blocks: deallocation is only a wish.
        }

        return NvmeStatus.Success;
    }

    private static (ulong Slba, uint Blocks) Range(ReadOnlySpan<byte> range) =>
        (ReadUInt64LittleEndian(range[8..]), ReadUInt32LittleEndian(range[4..]));
}
