using System.Net.Sockets;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Host;

internal sealed partial class HostQueue
{
    private void ReceiveLoop()
    {
        var received = new ReceiveBuffer(BufferSize);
        var wanted = PduHeader.Size;
        try
        {
            while (true)
            {
                var count = _socket.Receive(received.Free(wanted), out var error);
                if (count == 0 || error != SocketError.Success)
                {
                    Abort(error == SocketError.Success ? "the target closed the connection" : $"receiving failed: {error}");
                    break;
                }

                received.Received(count);
                while (TryTakePdu(received.Unread, out var header, out wanted))
                {
                    Handle(received.Unread[..header.Length], header);
                    received.Consume(header.Length);
                }

                DispatchBatch();
            }
        }
        catch (PduFault fault)
        {
            Abort($"the target broke the protocol: {fault.Message}", fault);
        }
        catch (Exception e)
        {
            // Whatever happened, callers must get an outcome and their buffers back.
            Abort($"receiving failed: {e.Message}", e);
        }

        DispatchBatch(); // what was answered before the fault
        End();
    }

    private bool TryTakePdu(ReadOnlySpan<byte> unread, out PduHeader header, out int wanted)
    {
        wanted = PduHeader.Size;
        header = default;
        if (unread.Length < PduHeader.Size)
        {
            return false;
        }

        header = PduHeader.Read(unread);
        var maxData = header.Type switch
        {
            PduType.CapsuleResp or PduType.R2T => 0,
            PduType.C2HData => NvmeHost.MaxTransferBytes,
            PduType.C2HTermReq => TermReq.MaxData,
            _ => -1,
        };
        PduRules.CheckHeader(header, _socket.In, maxData);
        wanted = header.Length;
        return unread.Length >= header.Length;
    }

    private void Handle(ReadOnlySpan<byte> pdu, in PduHeader header)
    {
        if (header.Type == PduType.C2HTermReq)
        {
            var request = TermReq.Read(pdu);
            throw new PduFault(request.Status, request.Information, $"it ended the connection (FES {request.Status}, FEI 0x{request.Information:x})");
        }

        PduRules.CheckHeaderDigest(pdu, header, _socket.In);
        switch (header.Type)
        {
            case PduType.CapsuleResp:
                var completion = CompletionEntry.Read(pdu[PduHeader.Size..]);
                Complete(CommandOf(completion.CommandId), completion);
                break;
            case PduType.C2HData:
                TakeData(pdu, header);
                break;
            case PduType.R2T:
                var r2t = R2T.Read(pdu);
                var command = CommandOf(r2t.CommandId);
                if (command.HasUnsent)
                {
                    throw new PduFault(FatalErrorStatus.TransferLimitExceeded, 0, $"R2T for {command.Name} before the data of the last one was sent");
                }

                if (command.IsInCapsule || r2t.DataLength == 0 || (long)r2t.Offset + r2t.DataLength > command.WriteFrom.Length)
                {
                    throw new PduFault(FatalErrorStatus.DataOutOfRange, 0, $"R2T for {r2t.Offset}+{r2t.DataLength} of {command.WriteFrom.Length} bytes");
                }

                Submit(new SendItem(command, r2t), isReceiver: true);
                break;
        }
    }

    private void TakeData(ReadOnlySpan<byte> pdu, in PduHeader header)
    {
        var part = C2HData.Read(pdu);
        var command = CommandOf(part.CommandId);
        var isIntact = PduRules.TryGetData(pdu, header, _socket.In, out var data);
        if (part.DataLength != (uint)data.Length || part.Offset != (uint)command.ReceivedBytes ||
            (long)part.Offset + data.Length > command.ReadInto.Length)
        {
            throw new PduFault(FatalErrorStatus.DataOutOfRange, 0, $"data {part.Offset}+{data.Length} where {command.ReceivedBytes} of {command.ReadInto.Length} was due");
        }

        data.CopyTo(command.ReadInto.Span[(int)part.Offset..]);
        command.ReceivedBytes += data.Length;
        command.IsDamaged |= !isIntact;
        if (header.IsLast && (header.Flags & PduFlags.Success) != 0)
        {
            Complete(command, new CompletionEntry(0, 0, command.Id, NvmeStatus.Success));
        }
    }

    private void Complete(HostCommand command, in CompletionEntry completion)
    {
        if (command.HasUnsent)
        {
            throw new PduFault(FatalErrorStatus.SequenceError, 0, $"{command.Name} was answered before it was sent");
        }

        if (completion.Status != NvmeStatus.Success || !command.IsDamaged)
        {
            // A read that is answered with less than it asked for must not leave old bytes in the buffer as if they were data.
            if (completion.Status == NvmeStatus.Success && command.ReceivedBytes != command.ReadInto.Length)
            {
                throw new PduFault(FatalErrorStatus.DataOutOfRange, 0, $"{command.Name} brought {command.ReceivedBytes} of {command.ReadInto.Length} bytes");
            }

            Answer(command, completion);
        }
        else
        {
            Answer(command, completion with { Status = NvmeStatus.TransientTransportError });
        }
    }

    private void Answer(HostCommand command, in CompletionEntry completion)
    {
        if (command.TryAnswer(completion))
        {
            HostMeter.Answered(command, _time);
            AddToBatch(command);
        }
    }

    private HostCommand CommandOf(ushort id) => id < _commands.Length && _commands[id].IsInFlight
        ? _commands[id]
        : throw new PduFault(FatalErrorStatus.InvalidHeaderField, 0, $"an answer to command {id}, which is not in flight");

    // The order matters: no new sends, the last send over, then the outcomes: from there on callers use their buffers again.
    private void End()
    {
        if (_isWanted)
        {
            LogLost(Id, _failure!.Meaning);
            // What the kernel has not sent yet must not be sent any more: it is repeated elsewhere, or was given up.
            _socket.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        lock (_sendGate)
        {
            _isClosed = true;
            while (_isSending)
            {
                Monitor.Wait(_sendGate);
            }
        }

        _free.Writer.TryComplete();
        foreach (var command in _commands)
        {
            command.Fail(Lost(command.Name));
        }

        _socket.Dispose();
        _ended.TrySetResult();
    }
}
