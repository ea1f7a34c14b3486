using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

// Writes whose data comes by R2T and H2CData (NVMe/TCP 1.0, 3.3.2.2). Each piece goes to the storage as it comes, under the
// rule that is then in force: a fence that falls in the middle of a write stops the rest of it. So does an absence of the
// namespace, even when it is back: a domain may have written in between, and must not find older data over its own.
internal sealed partial class QueuePairSession
{
    private Transfer[] _transfers = [];
    private readonly Stack<ushort> _freeTags = new();

    private sealed class Transfer
    {
        public bool IsActive;
        public ushort CommandId;
        public uint Nsid;
        public ulong Slba;
        public Namespace Namespace = null!;

        /// <summary>The storage as it was opened when the command came.</summary>
        public Backing? Backing;
        public long Offset;
        public int Length;
        public int Received;
        public ushort Status;

        /// <summary>Write: flush before answering. Dataset Management: deallocate.</summary>
        public bool Flag;

        /// <summary>Collects the ranges of Dataset Management; null for writes, whose data goes straight to the storage.</summary>
        public byte[]? Ranges;
    }

    private ushort BeginTransfer(in SubmissionEntry entry, Namespace one, long offset, int length, bool flag, byte[]? buffer)
    {
        // Who would be refused in the end need not send the data first.
        var status = one.TryEnter(HostNqn, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        var backing = period.Backing;
        period.Exit();
        if (_transfers.Length == 0)
        {
            _transfers = new Transfer[_queuePair!.QueueEntries];
            for (var tag = _transfers.Length - 1; tag >= 0; tag--)
            {
                _transfers[tag] = new Transfer();
                _freeTags.Push((ushort)tag);
            }
        }

        if (!_freeTags.TryPop(out var free))
        {
            throw new PduFault(FatalErrorStatus.SequenceError, 0, "more commands than the queue has entries");
        }

        var transfer = _transfers[free];
        transfer.IsActive = true;
        transfer.CommandId = entry.CommandId;
        transfer.Nsid = entry.Nsid;
        transfer.Slba = entry.Slba;
        transfer.Namespace = one;
        transfer.Backing = backing;
        transfer.Offset = offset;
        transfer.Length = length;
        transfer.Received = 0;
        transfer.Status = NvmeStatus.Success;
        transfer.Flag = flag;
        transfer.Ranges = buffer;

        var pdu = _answers.Reserve(R2T.HeaderSize + PduLayout.DigestSize);
        _answers.Advance(new R2T(entry.CommandId, free, 0, (uint)length).Write(pdu, _out));
        return Answered;
    }

    private void HandleData(ReadOnlySpan<byte> pdu, in PduHeader header)
    {
        var part = H2CData.Read(pdu);
        if (part.TransferTag >= _transfers.Length || !_transfers[part.TransferTag].IsActive)
        {
            throw PduRules.Field(H2CData.TransferTagAt, $"TTAG {part.TransferTag} of no open transfer");
        }

        var transfer = _transfers[part.TransferTag];
        if (transfer.CommandId != part.CommandId)
        {
            throw PduRules.Field(H2CData.CommandIdAt, $"CCCID {part.CommandId} of another command");
        }

        var isIntact = PduRules.TryGetData(pdu, header, _in, out var data);
        if (part.Offset != (uint)transfer.Received || part.DataLength > (uint)(transfer.Length - transfer.Received))
        {
            throw new PduFault(FatalErrorStatus.DataOutOfRange, H2CData.OffsetAt,
                $"data {part.Offset}+{part.DataLength} where {transfer.Received} of {transfer.Length} was due");
        }

        if (data.Length != (int)part.DataLength || data.IsEmpty)
        {
            throw PduRules.Field(H2CData.DataLengthAt, $"DATAL {part.DataLength} of a PDU with {data.Length} bytes of data");
        }

        var isComplete = transfer.Received + data.Length == transfer.Length;
        if (header.IsLast != isComplete)
        {
            throw PduRules.Field(PduHeader.FlagsAt, "LAST_PDU at the wrong PDU");
        }

        Take(transfer, data, isIntact);
        if (isComplete)
        {
            Complete(transfer, part.TransferTag);
        }
    }

    // A failed part fails the command, but the host still sends the rest, which then goes nowhere.
    private void Take(Transfer transfer, ReadOnlySpan<byte> data, bool isIntact)
    {
        var at = transfer.Received;
        transfer.Received += data.Length;
        if (!isIntact)
        {
            transfer.Status = NvmeStatus.TransientTransportError;
        }
        else if (transfer.Ranges is not null)
        {
            data.CopyTo(transfer.Ranges.AsSpan(at));
        }
        else if (transfer.Status == NvmeStatus.Success)
        {
            transfer.Status = Store(transfer.Namespace, transfer.Offset + at, data, transfer.Backing);
        }
    }

    private void Complete(Transfer transfer, ushort tag)
    {
        var status = transfer.Status;
        if (status == NvmeStatus.Success && transfer.Ranges is not null)
        {
            status = transfer.Flag ? DeallocateRanges(transfer.Namespace, transfer.Ranges, transfer.Backing) : NvmeStatus.Success;
        }
        else if (status == NvmeStatus.Success)
        {
            transfer.Namespace.CountWrite(transfer.Length);
            status = transfer.Flag ? Flush(transfer.Namespace) : NvmeStatus.Success;
        }

        if (status != NvmeStatus.Success)
        {
            _queuePair!.Controller.Errors.Add(_queuePair.QueueId, transfer.CommandId, status, transfer.Slba, transfer.Nsid);
        }

        Respond(transfer.CommandId, status);
        transfer.IsActive = false;
        transfer.Backing = null;
        transfer.Ranges = null;
        _freeTags.Push(tag);
    }
}
