using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

// Commands of I/O queues (NVM Command Set 1.0, 3.2).
internal sealed partial class QueuePairSession
{
    private const uint ForceUnitAccess = 1 << 30;
    private const uint Deallocate = 1 << 2;
    private const int RangeSize = 16;

    private string HostNqn => _queuePair!.Controller.HostNqn;

    private void HandleIo(in SubmissionEntry entry, ReadOnlySpan<byte> data)
    {
        ushort status;
        if (_subsystem.Namespaces.Find(entry.Nsid) is not { } one)
        {
            status = NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }
        else if ((status = _ana.StatusOf(one)) == NvmeStatus.Success)
        {
            status = entry.Opcode switch
            {
                NvmOpcode.Read => Read(entry, one),
                NvmOpcode.Write => Write(entry, one, data),
                NvmOpcode.Flush => Flush(one),
                NvmOpcode.WriteZeroes => WriteZeroes(entry, one),
                NvmOpcode.DatasetManagement => ManageDataset(entry, one, data),
                _ => NvmeStatus.InvalidOpcode | NvmeStatus.DoNotRetry,
            };
        }

        if (status != Answered)
        {
            Respond(entry, status);
        }
    }

    /// <summary>Not a status: the answer went out, or will when the data has come.</summary>
    private const ushort Answered = 0xFFFF;

    private ushort Read(in SubmissionEntry entry, Namespace one)
    {
        var status = CheckRange(entry, one, SubsystemLimits.MaxTransferBytes, out var offset, out var longLength);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var length = (int)longLength;
        var sgl = entry.Sgl;
        if (sgl.Type != SglDescriptor.Transport)
        {
            return NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry;
        }

        if (sgl.Length < (uint)length)
        {
            return NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry;
        }

        // The storage writes behind the place of the header, so that data is copied once, by the kernel.
        var pdu = _answers.Reserve(_out.Length(C2HData.HeaderSize, length));
        status = one.TryEnter(HostNqn, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        try
        {
            var isForced = (entry.Cdw12 & ForceUnitAccess) != 0;
            var error = isForced ? period.Backing!.Flush() : 0;
            error = error != 0 ? error : period.Backing!.Read(pdu.Slice(_out.DataOffset(C2HData.HeaderSize), length), offset);
            if (error != 0)
            {
                return StorageStatus(one, error, NvmeStatus.UnrecoveredReadError);
            }
        }
        finally
        {
            period.Exit();
        }

        one.CountRead(length);
        return SealData(pdu, entry.CommandId, length, maySkipCapsule: true) ? Answered : NvmeStatus.Success;
    }

    private ushort Write(in SubmissionEntry entry, Namespace one, ReadOnlySpan<byte> data)
    {
        var status = CheckRange(entry, one, SubsystemLimits.MaxTransferBytes, out var offset, out var length);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var forced = (entry.Cdw12 & ForceUnitAccess) != 0 || !_queuePair!.Controller.Features.WriteCache;
        status = CheckWriteSgl(entry.Sgl, (int)length, ref data);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        if (entry.Sgl.Type == SglDescriptor.Transport)
        {
            return BeginTransfer(entry, one, offset, (int)length, forced, buffer: null);
        }

        status = Store(one, offset, data);
        one.CountWrite(data.Length);
        return status == NvmeStatus.Success && forced ? Flush(one) : status;
    }

    private ushort Store(Namespace one, long offset, ReadOnlySpan<byte> data, Backing? since = null)
    {
        var status = TryEnter(one, since, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var error = period.Backing!.Write(data, offset);
        period.Exit();
        return error == 0 ? NvmeStatus.Success : StorageStatus(one, error, NvmeStatus.WriteFault);
    }

    /// <param name="since">The storage when the command came, if that was earlier: another one is not the command's any more.</param>
    private ushort TryEnter(Namespace one, Backing? since, out AccessPeriod period)
    {
        var status = one.TryEnter(HostNqn, out period);
        if (status == NvmeStatus.Success && since is not null && since != period.Backing)
        {
            period.Exit();
            return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }

        return status;
    }

    private ushort Flush(Namespace one)
    {
        var status = one.TryEnter(HostNqn, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var error = period.Backing!.Flush();
        period.Exit();
        return error == 0 ? NvmeStatus.Success : StorageStatus(one, error, NvmeStatus.WriteFault);
    }

    private ushort WriteZeroes(in SubmissionEntry entry, Namespace one)
    {
        var status = CheckRange(entry, one, 4096L << SubsystemLimits.WriteZeroesShift, out var offset, out var length);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        status = one.TryEnter(HostNqn, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var error = period.Backing!.WriteZeroes(offset, length);
        period.Exit();
        var forced = (entry.Cdw12 & ForceUnitAccess) != 0 || !_queuePair!.Controller.Features.WriteCache;
        return error != 0 ? StorageStatus(one, error, NvmeStatus.WriteFault) : forced ? Flush(one) : NvmeStatus.Success;
    }

    private ushort ManageDataset(in SubmissionEntry entry, Namespace one, ReadOnlySpan<byte> data)
    {
        var ranges = (int)(entry.Cdw10 & 0xFF) + 1;
        var status = CheckWriteSgl(entry.Sgl, ranges * RangeSize, ref data);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var deallocates = (entry.Cdw11 & Deallocate) != 0;
        if (entry.Sgl.Type == SglDescriptor.Transport)
        {
            return BeginTransfer(entry, one, 0, ranges * RangeSize, deallocates, new byte[ranges * RangeSize]);
        }

        return deallocates ? DeallocateRanges(one, data) : NvmeStatus.Success; // the other attributes are hints
    }

    private ushort DeallocateRanges(Namespace one, ReadOnlySpan<byte> ranges, Backing? since = null)
    {
        for (var rest = ranges; !rest.IsEmpty; rest = rest[RangeSize..])
        {
            var (slba, blocks) = Range(rest);
            if (!one.Contains(slba, blocks))
            {
                return NvmeStatus.LbaOutOfRange | NvmeStatus.DoNotRetry;
            }
        }

        var status = TryEnter(one, since, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var error = 0;
        for (var rest = ranges; !rest.IsEmpty && error == 0; rest = rest[RangeSize..])
        {
            var (slba, blocks) = Range(rest);
            error = blocks == 0 ? 0 : period.Backing!.PunchHole((long)slba << one.BlockShift, (long)blocks << one.BlockShift);
            error = error == Errno.EOPNOTSUPP ? 0 : error; // deallocation is only a wish
        }

        period.Exit();
        return error == 0 ? NvmeStatus.Success : StorageStatus(one, error, NvmeStatus.WriteFault);

        static (ulong Slba, uint Blocks) Range(ReadOnlySpan<byte> range) => (
            ReadUInt64LittleEndian(range[8..]),
            ReadUInt32LittleEndian(range[4..]));
    }

    private static ushort CheckRange(in SubmissionEntry entry, Namespace one, long maxBytes, out long offset, out long length)
    {
        var blocks = (entry.Cdw12 & 0xFFFF) + 1; // NLB, 0's based
        offset = (long)entry.Slba << one.BlockShift;
        length = (long)blocks << one.BlockShift;
        if (!one.Contains(entry.Slba, blocks))
        {
            return NvmeStatus.LbaOutOfRange | NvmeStatus.DoNotRetry;
        }

        return length <= maxBytes ? NvmeStatus.Success : (ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry);
    }

    /// <summary>The data of a write is either in the capsule, all of it, or waits for R2T.</summary>
    private static ushort CheckWriteSgl(in SglDescriptor sgl, int needed, ref ReadOnlySpan<byte> data)
    {
        switch (sgl.Type)
        {
            case SglDescriptor.Transport when sgl.Length >= (uint)needed:
                return NvmeStatus.Success;
            case SglDescriptor.InCapsule when sgl.Address != 0:
                return NvmeStatus.SglOffsetInvalid | NvmeStatus.DoNotRetry; // ICDOFF is 0
            case SglDescriptor.InCapsule when sgl.Length >= (uint)needed && data.Length >= needed:
                data = data[..needed];
                return NvmeStatus.Success;
            case SglDescriptor.Transport or SglDescriptor.InCapsule:
                return NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry;
            default:
                return NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry;
        }
    }

    private ushort StorageStatus(Namespace one, int error, ushort mediaStatus)
    {
        var status = StorageFaults.StatusOf(error, mediaStatus);
        LogStorageFailed(one.Uuid, error, HostNqn, status);
        return status;
    }
}
