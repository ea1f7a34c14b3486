using System.Diagnostics;
using Migrate.Target.Commands;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using Migrate.Target.Statistics;

namespace Migrate.Target.Controllers;

// Commands of I/O queues (NVM Command Set 1.0, 3.2). Read and Write are tried at once, on the connection's thread; what would
// have to wait for the storage, and every other command, becomes an IoCommand.
internal sealed partial class QueuePairSession
{
    private const uint ForceUnitAccess = 1 << 30;

    /// <summary>From this length on, two system calls more cost less than a copy of the data.</summary>
    private const int TakenBytes = 32 * 1024;

    /// <summary>Not a status: the answer went out, or will when the data has come or the storage is done.</summary>
    private const ushort Answered = 0xFFFF;

    public string HostNqn => _queuePair!.Controller.HostNqn;

    private void HandleIo(in SubmissionEntry entry, ReadOnlySpan<byte> data)
    {
        if (((entry.Flags & FuseMask) != 0 || _expectsSecondHalf) && !IsOrdinary(entry, data, isIntact: true))
        {
            return;
        }

        if (_subsystem.Namespaces.Find(entry.Nsid) is not { } one)
        {
            Respond(entry, NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry);
            return;
        }

        ushort status = entry.Opcode switch
        {
            NvmOpcode.Read => Read(entry, one),
            NvmOpcode.Write => Write(entry, one, data),
            _ when StorageCommand.Of(entry.Opcode) is { } command => Begin(command, entry, one, data),
            _ => NvmeStatus.InvalidOpcode | NvmeStatus.DoNotRetry,
        };
        if (status != Answered)
        {
            Answer(entry, one, status);
        }
    }

    /// <summary>Of a command that was done at once.</summary>
    private void Answer(in SubmissionEntry entry, Namespace one, ushort status)
    {
        Record(one, entry.Opcode, 0, _batchBegan, status);
        Respond(entry, status);
    }

    private void Record(Namespace one, byte opcode, int bytes, long began, ushort status) =>
        _statistics!.Record(one, ClassOf(opcode), status == NvmeStatus.Success ? bytes : 0, Stopwatch.GetTimestamp() - began, status);

    private static CommandClass ClassOf(byte opcode) => opcode switch
    {
        NvmOpcode.Read => CommandClass.Read,
        NvmOpcode.Write or NvmOpcode.Copy => CommandClass.Write,
        NvmOpcode.Flush => CommandClass.Flush,
        NvmOpcode.WriteZeroes or NvmOpcode.DatasetManagement => CommandClass.Deallocate,
        _ => CommandClass.Other,
    };

    private ushort Read(in SubmissionEntry entry, Namespace one)
    {
        var status = BlockRange.Check(entry, one, SubsystemLimits.MaxTransferBytes, out var range);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var length = (int)range.Length;
        status = CheckReadSgl(entry.Sgl, length);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        status = TryEnter(one, Access.Read, _storage.Stripe, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        if ((entry.Cdw12 & ForceUnitAccess) != 0 || period.Bars(range.Offset, length))
        {
            period.Exit(_storage.Stripe);
            return Begin(ReadCommand.Instance, entry, one, default); // rare, and may have to wait: a worker does all of it
        }

        if (length >= TakenBytes && !_out.DataDigest && period.Backing!.Inline.IsCached(range.Offset, length)
            && _connection.TryTake(period.Backing.Handle, range.Offset, length))
        {
            period.Exit(_storage.Stripe);
            SendTaken(entry, one, length);
            return Answered;
        }

        // The storage writes behind the place of the header, so that data is copied once, by the kernel.
        var pdu = _answers.Reserve(_out.Length(C2HData.HeaderSize, length));
        var error = ReadInline(period.Backing!, pdu.Slice(_out.DataOffset(C2HData.HeaderSize), length), range.Offset);
        if (error == Errno.EAGAIN)
        {
            var command = Take(entry, one, period);
            command.Period = period;
            command.Offset = range.Offset;
            command.Length = length;
            command.Buffer = _storage.Buffers.Rent(length);
            BeginTransfer(command, period.Backing!, isWrite: false);
            return Answered;
        }

        period.Exit(_storage.Stripe);
        if (error != 0)
        {
            return StorageStatus(one, error, NvmeStatus.UnrecoveredReadError);
        }

        Record(one, NvmOpcode.Read, length, _batchBegan, NvmeStatus.Success);
        if (!SealData(pdu, entry.CommandId, length, maySkipCapsule: true))
        {
            Respond(entry, NvmeStatus.Success);
        }

        return Answered;
    }

    private void SendTaken(in SubmissionEntry entry, Namespace one, int length)
    {
        var isAnswer = _queuePair is { FlowControl: false };
        var header = _answers.Reserve(_out.DataOffset(C2HData.HeaderSize));
        new C2HData(entry.CommandId, 0, (uint)length).WriteHeader(header, _out, FlagsOfData(isAnswer));
        _answers.Advance(header.Length);
        _connection.SendTaken();
        Record(one, NvmOpcode.Read, length, _batchBegan, NvmeStatus.Success);
        if (!isAnswer)
        {
            Respond(entry, NvmeStatus.Success);
        }
    }

    private int ReadInline(Backing backing, Span<byte> buffer, long offset) =>
        _storage.MayWait ? backing.Read(buffer, offset) : backing.Inline.TryRead(buffer, offset);

    private ushort Write(in SubmissionEntry entry, Namespace one, ReadOnlySpan<byte> data)
    {
        var status = BlockRange.Check(entry, one, SubsystemLimits.MaxTransferBytes, out var range);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var length = (int)range.Length;
        status = CheckWriteSgl(entry.Sgl, length, ref data);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        // Who would be refused in the end need not send the data first.
        status = TryEnter(one, Access.Write, _storage.Stripe, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var backing = period.Backing!;
        var isForced = IsForced(entry);
        if (entry.Sgl.Type == SglDescriptor.InCapsule && !isForced && !period.Bars(range.Offset, length))
        {
            var error = WriteInline(backing, data, range.Offset);
            if (error != Errno.EAGAIN)
            {
                period.Exit(_storage.Stripe);
                if (error != 0)
                {
                    return StorageStatus(one, error, NvmeStatus.WriteFault);
                }

                Record(one, NvmOpcode.Write, length, _batchBegan, NvmeStatus.Success);
                Respond(entry, NvmeStatus.Success);
                return Answered;
            }
        }

        period.Exit(_storage.Stripe);
        var command = Take(entry, one);
        command.Since = backing;
        command.Offset = range.Offset;
        command.Length = length;
        command.IsForced = isForced;
        Receive(command, entry.Sgl, data);
        return Answered;
    }

    private int WriteInline(Backing backing, ReadOnlySpan<byte> data, long offset) =>
        _storage.MayWait ? backing.Write(data, offset) : backing.Inline.TryWrite(data, offset);

    /// <summary>A command that a worker executes.</summary>
    private ushort Begin(StorageCommand what, in SubmissionEntry entry, Namespace one, ReadOnlySpan<byte> data)
    {
        var status = what.Check(entry, one, out var shape);
        if (status == NvmeStatus.Success && shape.FromHost > 0)
        {
            status = CheckWriteSgl(entry.Sgl, shape.FromHost, ref data);
        }
        else if (status == NvmeStatus.Success && shape.ToHost > 0)
        {
            status = CheckReadSgl(entry.Sgl, shape.ToHost);
        }

        if (status != NvmeStatus.Success)
        {
            return status;
        }

        status = TryEnter(one, what.Access, _storage.Stripe, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var backing = period.Backing;
        period.Exit(_storage.Stripe);
        var command = Take(entry, one);
        command.Command = what;
        command.Since = backing;
        command.IsForced = IsForced(entry);
        if (shape.FromHost > 0)
        {
            command.Length = shape.FromHost;
            Receive(command, entry.Sgl, data);
            return Answered;
        }

        command.Length = shape.ToHost;
        if (shape.ToHost > 0)
        {
            command.Buffer = _storage.Buffers.Rent(shape.ToHost);
        }

        BeginExecute(command);
        return Answered;
    }

    private bool IsForced(in SubmissionEntry entry) =>
        (entry.Cdw12 & ForceUnitAccess) != 0 || !_queuePair!.Controller.Features.WriteCache;

    private static ushort CheckReadSgl(in SglDescriptor sgl, int needed) =>
        sgl.Type != SglDescriptor.Transport ? (ushort)(NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry)
        : sgl.Length < (uint)needed ? (ushort)(NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry)
        : NvmeStatus.Success;

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

    /// <summary>The status for an errno; from any thread.</summary>
    public ushort StorageStatus(Namespace one, int error, ushort mediaStatus)
    {
        var status = StorageFaults.StatusOf(error, mediaStatus);
        LogStorageFailed(one.Uuid, error, HostNqn, status);
        return status;
    }
}
