using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Commands;

/// <summary>
/// Copy (NVM Command Set 1.0, 3.2.2) with source ranges in format 0: one after the other to where the destination begins.
/// Nothing is written unless all ranges are right; a destination that overlaps a source is refused, since what it should hold
/// afterwards would depend on the order of the work.
/// </summary>
internal sealed class CopyCommand : StorageCommand
{
    public static readonly CopyCommand Instance = new();

    private const int SourceSize = 32;
    private const uint FormatMask = 0xF00;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        var ranges = (int)(entry.Cdw12 & 0xFF);
        shape = new CommandShape((ranges + 1) * SourceSize, 0);
        return (entry.Cdw12 & FormatMask) != 0 ? (ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry)
            : ranges > SubsystemLimits.MostCopyRanges ? (ushort)(NvmeStatus.CommandSizeLimitExceeded | NvmeStatus.DoNotRetry)
            : NvmeStatus.Success;
    }

    public override bool IsBarredBy(RangeGuard guard, IoCommand command) => true; // its ranges are many, and guards are short

    public override ushort Execute(IoCommand command, Backing backing)
    {
        var status = CheckRanges(command, out var destination);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var at = destination.Offset;
        for (var number = 0; number * SourceSize < command.Length; number++)
        {
            var source = Source(command, number).In(command.Namespace);
            status = Copy(command, backing, source, at);
            if (status != NvmeStatus.Success)
            {
                command.Result = (ulong)number; // the first that was not copied
                return status;
            }

            at += source.Length;
        }

        command.MovedBytes = (int)destination.Length;
        return command.IsForced ? FlushCommand.Flush(command, backing) : NvmeStatus.Success;
    }

    private static ushort CheckRanges(IoCommand command, out BlockRange destination)
    {
        destination = default;
        var one = command.Namespace;
        var blocks = 0u;
        for (var number = 0; number * SourceSize < command.Length; number++)
        {
            var source = Source(command, number);
            if ((long)source.Blocks << one.BlockShift > SubsystemLimits.MaxCopyRangeBytes)
            {
                return NvmeStatus.CommandSizeLimitExceeded | NvmeStatus.DoNotRetry;
            }

            if (!one.Contains(source.Slba, source.Blocks))
            {
                return NvmeStatus.LbaOutOfRange | NvmeStatus.DoNotRetry;
            }

            blocks += source.Blocks;
        }

        if ((long)blocks << one.BlockShift > SubsystemLimits.MaxCopyBytes)
        {
            return NvmeStatus.CommandSizeLimitExceeded | NvmeStatus.DoNotRetry;
        }

        var slba = command.Entry.Quad(40); // SDLBA
        if (!one.Contains(slba, blocks))
        {
            return NvmeStatus.LbaOutOfRange | NvmeStatus.DoNotRetry;
        }

        destination = new SourceRange(slba, blocks).In(one);
        for (var number = 0; number * SourceSize < command.Length; number++)
        {
            if (Source(command, number).In(one).Overlaps(destination))
            {
                return NvmeStatus.OverlappingRange | NvmeStatus.DoNotRetry;
            }
        }

        return NvmeStatus.Success;
    }

    private static unsafe ushort Copy(IoCommand command, Backing backing, BlockRange source, long to)
    {
        using var buffer = AlignedBuffer.Rent();
        for (long done = 0; done < source.Length; done += AlignedBuffer.Bytes)
        {
            var piece = new Span<byte>(buffer.Start, (int)Math.Min(AlignedBuffer.Bytes, source.Length - done));
            if (backing.Read(piece, source.Offset + done) is var unread and not 0)
            {
                return command.Failed(unread, NvmeStatus.UnrecoveredReadError);
            }

            if (backing.Write(piece, to + done) is var unwritten and not 0)
            {
                return command.Failed(unwritten, NvmeStatus.WriteFault);
            }
        }

        return NvmeStatus.Success;
    }

    private static SourceRange Source(IoCommand command, int number)
    {
        var bytes = command.Data.Slice(number * SourceSize, SourceSize);
        return new SourceRange(ReadUInt64LittleEndian(bytes[8..]), ReadUInt16LittleEndian(bytes[16..]) + 1u); // NLB is 0's based
    }

    private readonly record struct SourceRange(ulong Slba, uint Blocks)
    {
        /// <summary>For a range that lies in the namespace.</summary>
        public BlockRange In(Namespace one) => new((long)Slba << one.BlockShift, (long)Blocks << one.BlockShift);
    }
}
