using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

// Data from the host: in the capsule, or by R2T and H2CData (NVMe/TCP 1.0, 3.3.2.2). Nothing is written before a command's
// data is there as a whole: a connection that breaks in the middle leaves no half blocks.
internal sealed unsafe partial class QueuePairSession
{
    private readonly Queue<IoCommand> _waiting = new();
    private long _receivingBytes;

    // The H2CData PDU whose data is arriving.
    private IoCommand? _incoming;
    private int _incomingLeft;
    private uint _incomingCrc;
    private bool _incomingHasDigest;

    public Span<byte> DataRoom => _incomingLeft == 0 ? default : new Span<byte>(_incoming!.Buffer.Memory + _incoming.Received, _incomingLeft);

    public bool ExpectsData => _receivingBytes > 0;

    private void Receive(IoCommand command, in SglDescriptor sgl, ReadOnlySpan<byte> data)
    {
        if (sgl.Type == SglDescriptor.InCapsule)
        {
            command.Buffer = _storage.Buffers.Rent(command.Length);
            data.CopyTo(command.Buffer.Span(command.Length));
            command.Received = command.Length;
            Execute(command, isOnLoop: command.IsForced);
            return;
        }

        // Further commands are asked for their data when others have sent theirs, each in its turn.
        if (_waiting.Count > 0 || !MayAsk(command))
        {
            command.Phase = IoPhase.Waiting;
            _waiting.Enqueue(command);
            return;
        }

        Ask(command);
    }

    private bool MayAsk(IoCommand command) =>
        _receivingBytes == 0 || _receivingBytes + command.Length <= _subsystems.Limits.ConnectionBytes;

    private void Ask(IoCommand command)
    {
        command.Phase = IoPhase.Receiving;
        _receivingBytes += command.Length;
        var pdu = _answers.Reserve(R2T.HeaderSize + PduLayout.DigestSize);
        _answers.Advance(new R2T(command.Entry.CommandId, command.Tag, 0, (uint)command.Length).Write(pdu, _out));
    }

    /// <summary>The header of an H2CData PDU is there, up to where its data begins.</summary>
    private void BeginData(ReadOnlySpan<byte> pdu, in PduHeader header)
    {
        var part = H2CData.Read(pdu);
        if (part.TransferTag >= _commands.Count || _commands[part.TransferTag] is not { Phase: IoPhase.Receiving } command)
        {
            throw PduRules.Field(H2CData.TransferTagAt, $"TTAG {part.TransferTag} of no open transfer");
        }

        if (command.Entry.CommandId != part.CommandId)
        {
            throw PduRules.Field(H2CData.CommandIdAt, $"CCCID {part.CommandId} of another command");
        }

        if (part.Offset != (uint)command.Received || part.DataLength > (uint)(command.Length - command.Received))
        {
            throw new PduFault(FatalErrorStatus.DataOutOfRange, H2CData.OffsetAt,
                $"data {part.Offset}+{part.DataLength} where {command.Received} of {command.Length} was due");
        }

        var length = PduRules.DataLength(header, _in);
        if (length != (int)part.DataLength || length == 0)
        {
            throw PduRules.Field(H2CData.DataLengthAt, $"DATAL {part.DataLength} of a PDU with {length} bytes of data");
        }

        if (header.IsLast != (command.Received + length == command.Length))
        {
            throw PduRules.Field(PduHeader.FlagsAt, "LAST_PDU at the wrong PDU");
        }

        if (!command.Buffer.Exists)
        {
            command.Buffer = _storage.Buffers.Rent(command.Length);
        }

        _incoming = command;
        _incomingLeft = length;
        _incomingCrc = uint.MaxValue;
        _incomingHasDigest = _in.DataDigest;
    }

    private int ConsumeData(ReadOnlySpan<byte> received)
    {
        if (_incomingLeft > 0)
        {
            var count = Math.Min(received.Length, _incomingLeft);
            received[..count].CopyTo(DataRoom);
            DataReceived(count);
            return count;
        }

        if (received.Length < PduLayout.DigestSize)
        {
            WantedBytes = PduLayout.DigestSize;
            return 0;
        }

        EndData(isIntact: ReadUInt32LittleEndian(received) == ~_incomingCrc);
        return PduLayout.DigestSize;
    }

    public void DataReceived(int count)
    {
        if (count == 0)
        {
            return;
        }

        if (_incomingHasDigest)
        {
            _incomingCrc = Crc32C.Append(_incomingCrc, DataRoom[..count]);
        }

        _incoming!.Received += count;
        _incomingLeft -= count;
        if (_incomingLeft == 0 && !_incomingHasDigest)
        {
            EndData(isIntact: true);
        }
    }

    // A damaged part fails the command, but the host still sends the rest, which then goes nowhere.
    private void EndData(bool isIntact)
    {
        var command = _incoming!;
        _incoming = null;
        command.Status = isIntact ? command.Status : NvmeStatus.TransientTransportError;
        if (command.Received < command.Length)
        {
            return;
        }

        command.Began = _batchBegan;
        _receivingBytes -= command.Length;
        while (_waiting.TryPeek(out var next) && MayAsk(next))
        {
            Ask(_waiting.Dequeue());
        }

        if (command.Status == NvmeStatus.Success || command.Half != FusedHalf.None)
        {
            Execute(command, isOnLoop: true);
        }
        else
        {
            Finish(command);
        }
    }
}
