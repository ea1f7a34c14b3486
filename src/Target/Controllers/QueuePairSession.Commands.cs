using Migrate.Target.Admin;
using Migrate.Target.Protocol;
using Migrate.Target.Statistics;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

internal sealed partial class QueuePairSession
{
    private const byte SglMask = 0xC0;

    private ConnectCommand.Connected? _queuePair;
    private Subsystem _subsystem = null!; // of the queue pair, as the next two
    private AnaAccess _ana = null!;
    private ConnectionStatistics? _statistics;
    private ushort _submissionHead;

    private bool IsIoQueue => _queuePair is { QueueId: > 0 };

    private void HandleCommand(in SubmissionEntry entry, ReadOnlySpan<byte> data, bool isIntact)
    {
        if (_queuePair is { FlowControl: true })
        {
            _submissionHead = (ushort)((_submissionHead + 1) % _queuePair.QueueEntries);
        }

        if (!isIntact && (!IsIoQueue || IsOrdinary(entry, default, isIntact: false)))
        {
            Respond(entry, NvmeStatus.TransientTransportError);
        }
        else if (!isIntact)
        {
            // A half of a fused operation, which is answered.
        }
        else if ((entry.Flags & SglMask) != SubmissionEntry.UsesSgl)
        {
            Respond(entry, NvmeStatus.InvalidField | NvmeStatus.DoNotRetry); // fabrics have SGLs only (NVM Express Base 2.0, 3.3.3.1)
        }
        else if (entry.Opcode == Fabrics.Opcode)
        {
            HandleFabrics(entry, data);
        }
        else if (_queuePair is not null && !_isTrusted)
        {
            Respond(entry, NvmeStatus.AuthenticationRequired | NvmeStatus.DoNotRetry);
        }
        else if (_queuePair is null || !_queuePair.Controller.Registers.IsEnabled)
        {
            Respond(entry, NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry);
        }
        else if (_queuePair.QueueId != 0)
        {
            HandleIo(entry, data);
        }
        else
        {
            HandleAdmin(entry);
        }
    }

    private void HandleFabrics(in SubmissionEntry entry, ReadOnlySpan<byte> data)
    {
        if (entry.FabricsType is Fabrics.AuthenticationSend or Fabrics.AuthenticationReceive)
        {
            HandleAuthentication(entry, data);
            return;
        }

        _reply.Clear();
        ushort status;
        switch (entry.FabricsType)
        {
            case Fabrics.Connect when _queuePair is null:
                status = Connect(entry, data);
                break;
            case not Fabrics.Connect when _queuePair is not null && !_isTrusted:
                status = NvmeStatus.AuthenticationRequired | NvmeStatus.DoNotRetry;
                break;
            case Fabrics.PropertyGet when _queuePair is { QueueId: 0 }:
                status = PropertyCommands.Get(entry, _queuePair.Controller, _reply);
                break;
            case Fabrics.PropertySet when _queuePair is { QueueId: 0 }:
                status = PropertyCommands.Set(entry, _queuePair.Controller);
                break;
            case Fabrics.Disconnect when IsIoQueue:
                status = entry.Word(40) == 0 ? NvmeStatus.Success : (ushort)(NvmeStatus.ConnectIncompatibleFormat | NvmeStatus.DoNotRetry);
                HasEnded = status == NvmeStatus.Success;
                break;
            case Fabrics.Disconnect when _queuePair is not null:
                status = NvmeStatus.InvalidQueueType | NvmeStatus.DoNotRetry;
                break;
            case Fabrics.Connect or Fabrics.PropertyGet or Fabrics.PropertySet or Fabrics.Disconnect:
                status = NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry;
                break;
            default:
                status = NvmeStatus.InvalidOpcode | NvmeStatus.DoNotRetry;
                break;
        }

        Respond(entry, status, _reply.Result);
    }

    private ushort Connect(in SubmissionEntry entry, ReadOnlySpan<byte> data)
    {
        if (entry.Sgl.Type != SglDescriptor.InCapsule)
        {
            return NvmeStatus.SglTypeInvalid | NvmeStatus.DoNotRetry;
        }

        ushort status;
        try
        {
            status = ConnectCommand.Execute(entry, data, _subsystems, _port, _connection, _reply, out _queuePair);
        }
        catch (TargetException e)
        {
            LogConnectFailed(e, _connection.RemoteEndPoint);
            return NvmeStatus.InternalError; // the host may try again: somebody must repair what is broken here
        }

        _isTrusted = _queuePair is { NeedsAuthentication: false };
        if (_queuePair is null)
        {
            LogConnectRefused(_connection.RemoteEndPoint, status);
            return status;
        }

        var controller = _queuePair.Controller;
        _subsystem = controller.Subsystem;
        _ana = controller.Ana;
        if (_queuePair.QueueId == 0)
        {
            controller.IsTrusted = _isTrusted;
            controller.Events.WakeBy(_connection.Wake);
        }
        else
        {
            _statistics = _subsystems.Statistics.Open(controller.HostNqn);
        }

        return status;
    }

    private void HandleAdmin(in SubmissionEntry entry)
    {
        if (entry.Opcode == AdminOpcode.AsyncEventRequest)
        {
            if (_queuePair!.Controller.Events.TryAdd(entry.CommandId))
            {
                CompleteEvent();
            }
            else
            {
                Respond(entry, NvmeStatus.AsyncEventLimitExceeded);
            }

            return;
        }

        _reply.Clear();
        var status = AdminCommands.Execute(entry, _queuePair!.Controller, _subsystems, _connection.LocalEndPoint.Address, _reply);
        if (status == NvmeStatus.Success && _reply.DataLength > 0)
        {
            if (entry.Sgl.Length < (uint)_reply.DataLength)
            {
                status = NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry;
            }
            else if (SendData(entry.CommandId, _reply.Data, _reply.Result))
            {
                return;
            }
        }

        Respond(entry, status, _reply.Result);
        CompleteEvent(); // reading a log page may have made room for the next notice
    }

    private void CompleteEvent()
    {
        while (_queuePair!.Controller.Events.TryTake(out var commandId, out var result))
        {
            Respond(commandId, NvmeStatus.Success, result);
        }
    }

    /// <summary>Sends a read's data; true when that was the answer too, because SUCCESS stands for the response capsule.</summary>
    private bool SendData(ushort commandId, ReadOnlySpan<byte> data, ulong result)
    {
        if (data.Length > CopiedAnswerBytes)
        {
            return SendLargeData(commandId, data, result == 0);
        }

        var pdu = _answers.Reserve(_out.Length(C2HData.HeaderSize, data.Length));
        data.CopyTo(pdu[_out.DataOffset(C2HData.HeaderSize)..]);
        return SealData(pdu, commandId, data.Length, result == 0);
    }

    // Header and data from where they are, digest behind: the kernel gathers them.
    private bool SendLargeData(ushort commandId, ReadOnlySpan<byte> data, bool maySkipCapsule)
    {
        var isAnswer = maySkipCapsule && _queuePair is { FlowControl: false };
        var header = _answers.Reserve(_out.DataOffset(C2HData.HeaderSize));
        new C2HData(commandId, 0, (uint)data.Length).WriteHeader(header, _out, FlagsOfData(isAnswer));
        _answers.Advance(header.Length);
        _answers.Append(data);
        if (_out.DataDigest)
        {
            WriteUInt32LittleEndian(_answers.Reserve(PduLayout.DigestSize), Crc32C.Compute(data));
            _answers.Advance(PduLayout.DigestSize);
        }

        return isAnswer;
    }

    private static byte FlagsOfData(bool isAnswer) => isAnswer ? (byte)(PduFlags.LastPdu | PduFlags.Success) : PduFlags.LastPdu;

    /// <summary>
    /// Completes a C2HData PDU whose data is in place. SUCCESS needs a queue without flow control, as the capsule would
    /// have told the new head (NVMe/TCP 1.0, 3.3.2.1).
    /// </summary>
    private bool SealData(Span<byte> pdu, ushort commandId, int length, bool maySkipCapsule)
    {
        var isAnswer = maySkipCapsule && _queuePair is { FlowControl: false };
        new C2HData(commandId, 0, (uint)length).WriteHeader(pdu, _out, FlagsOfData(isAnswer));
        _out.SealData(pdu, C2HData.HeaderSize, length);
        _answers.Advance(_out.Length(C2HData.HeaderSize, length));
        return isAnswer;
    }

    private void Respond(in SubmissionEntry entry, ushort status, ulong result = 0)
    {
        if (status != NvmeStatus.Success && _queuePair is not null)
        {
            _queuePair.Controller.Errors.Add(_queuePair.QueueId, entry.CommandId, status, IsIoQueue ? entry.Slba : 0, entry.Nsid);
        }

        Respond(entry.CommandId, status, result);
    }

    private void Respond(ushort commandId, ushort status, ulong result = 0)
    {
        // A queue that Connect has just made without flow control says so by FFFFh (NVM Express Base 2.0, 6.3).
        var head = _queuePair is { FlowControl: false } ? ushort.MaxValue : _submissionHead;
        Respond(new CompletionEntry(result, head, commandId, status));
    }

    private void Respond(in CompletionEntry completion)
    {
        var pdu = _answers.Reserve(CapsuleResp.HeaderSize + PduLayout.DigestSize);
        _answers.Advance(CapsuleResp.Write(pdu, _out, completion));
    }
}
