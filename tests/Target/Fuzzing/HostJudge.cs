using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>What the specification lets a target do with the PDU at the front.</summary>
internal enum Verdict
{
    /// <summary>Not enough is there to say; what is doubtful already may end the connection.</summary>
    Incomplete,

    /// <summary>It must be taken and the connection lives.</summary>
    Right,

    /// <summary>The connection must end with a termination request that names one of the faults.</summary>
    Wrong,

    /// <summary>Reserved bits, say: it may be taken, or the connection may end with one of the faults.</summary>
    Doubtful,

    /// <summary>The host itself ends the connection.</summary>
    Ends,
}

/// <summary>A fatal error that fits a PDU: FES, and FEI where the specification gives it a meaning (NVMe/TCP 1.0, 3.6.2.5).</summary>
internal readonly record struct Fault(FatalErrorStatus Status, uint? Information);

/// <summary>
/// Judges what a host sends by NVMe/TCP 1.0, 3.6, from the raw bytes and <see cref="WireState"/>. Where a PDU breaks several
/// rules any of them may be named: the specification does not order them.
/// </summary>
internal sealed class HostJudge(WireState state)
{
    private const int IcReqType = 0x00;
    private const int TermReqType = 0x02;
    private const int CapsuleType = 0x04;
    private const int DataType = 0x06;

    private readonly List<Fault> _faults = [];
    private bool _isCertain;

    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Length of the PDU at the front as its header gives it; only when judged right, doubtful or ending.</summary>
    public int Length { get; private set; }

    public Verdict Judge(ReadOnlySpan<byte> unread)
    {
        _faults.Clear();
        _isCertain = false;
        if (unread.Length < 8)
        {
            return Verdict.Incomplete;
        }

        JudgeHeader(unread);
        if (_isCertain)
        {
            return Verdict.Wrong;
        }

        // Data is judged by its header: a target need not wait for it, and may end the connection before it is there.
        Length = (int)ReadUInt32LittleEndian(unread[4..]);
        var needed = unread[0] == DataType && Length > unread[3] ? Math.Max(unread[3], 24 + (state.HeaderDigest ? 4 : 0)) : Length;
        if (unread.Length < needed)
        {
            return Verdict.Incomplete;
        }

        JudgeBody(unread[..needed]);
        return _isCertain ? Verdict.Wrong : _faults.Count > 0 ? Verdict.Doubtful : unread[0] == TermReqType ? Verdict.Ends : Verdict.Right;
    }

    /// <summary>The target took the PDU: what follows from it.</summary>
    public void Take(ReadOnlySpan<byte> pdu)
    {
        switch (pdu[0])
        {
            case IcReqType:
                state.HostAlignment = (pdu[10] + 1) * 4;
                break;
            case CapsuleType:
                state.Submit(pdu.Slice(8, 64));
                break;
            case DataType:
                var tag = ReadUInt16LittleEndian(pdu[10..]);
                var transfer = state.Transfers[tag];
                transfer.Take(ReadUInt32LittleEndian(pdu[16..]));
                if (transfer.Left == 0)
                {
                    state.Transfers.Remove(tag);
                }

                break;
        }
    }

    private void JudgeHeader(ReadOnlySpan<byte> unread)
    {
        var (type, flags, headerLength, dataOffset) = (unread[0], unread[1], unread[2], unread[3]);
        long length = ReadUInt32LittleEndian(unread[4..]);
        var due = type switch { IcReqType => 128, CapsuleType => 72, TermReqType or DataType => 24, _ => 0 };
        if (due == 0)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 0);
            Possible(FatalErrorStatus.SequenceError, null);
            return;
        }

        if ((type == IcReqType) == state.IsInitialized && type != TermReqType)
        {
            Certain(FatalErrorStatus.SequenceError, null);
            return;
        }

        if (headerLength != due)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 2);
        }

        var hasDigests = type is CapsuleType or DataType;
        var hasHeaderDigest = hasDigests && state.HeaderDigest;
        if (((flags & 1) != 0) != hasHeaderDigest)
        {
            Add(FatalErrorStatus.InvalidHeaderField, 1, isCertain: hasDigests);
        }

        var end = due + (hasHeaderDigest ? 4 : 0);
        if (!hasDigests)
        {
            if (type == IcReqType ? length != 128 : length is < 24 or > 24 + 128)
            {
                Certain(FatalErrorStatus.InvalidHeaderField, 4);
            }
        }
        else if (length < end)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 4);
        }
        else if (length == end)
        {
            if ((flags & 2) != 0)
            {
                Possible(FatalErrorStatus.InvalidHeaderField, 1);
            }
        }
        else
        {
            JudgePlace(type, flags, dataOffset, length, end);
        }
    }

    private void JudgePlace(byte type, byte flags, byte dataOffset, long length, int end)
    {
        var digest = state.DataDigest ? 4 : 0;
        if (dataOffset < end || dataOffset % state.ControllerAlignment != 0 || dataOffset + digest >= length)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 3);
            Possible(FatalErrorStatus.InvalidHeaderField, 4);
        }

        if (dataOffset - end >= state.ControllerAlignment)
        {
            // More padding than the alignment asks for ; the specification does not say what a target makes of it.
            Possible(FatalErrorStatus.InvalidHeaderField, 3);
            Possible(FatalErrorStatus.InvalidHeaderField, 4);
        }

        if (length - dataOffset - digest > (type == DataType ? state.MaxH2CData : state.InCapsuleBytes))
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 4);
        }

        if (((flags & 2) != 0) != state.DataDigest)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 1);
        }
    }

    private void JudgeBody(ReadOnlySpan<byte> pdu)
    {
        if (pdu[0] is CapsuleType or DataType && state.HeaderDigest)
        {
            var digest = ReadUInt32LittleEndian(pdu[pdu[2]..]);
            if (digest != Crc32C.Compute(pdu[..pdu[2]]))
            {
                Certain(FatalErrorStatus.HeaderDigestError, digest);
                return;
            }
        }

        switch (pdu[0])
        {
            case IcReqType:
                JudgeIcReq(pdu);
                break;
            case CapsuleType when state.Pending >= state.QueueEntries - 1:
                Possible(FatalErrorStatus.SequenceError, null);
                Possible(FatalErrorStatus.TransferLimitExceeded, null);
                break;
            case DataType:
                JudgeData(pdu);
                break;
        }
    }

    private void JudgeIcReq(ReadOnlySpan<byte> pdu)
    {
        if (ReadUInt16LittleEndian(pdu[8..]) != 0)
        {
            Certain(FatalErrorStatus.UnsupportedParameter, 8);
        }

        if (pdu[10] > 31)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 10);
        }

        if ((pdu[11] & 0xFC) != 0)
        {
            Possible(FatalErrorStatus.InvalidHeaderField, 11);
        }
    }

    private void JudgeData(ReadOnlySpan<byte> pdu)
    {
        if (!state.Transfers.TryGetValue(ReadUInt16LittleEndian(pdu[10..]), out var transfer))
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 10);
            return;
        }

        var length = ReadUInt32LittleEndian(pdu[16..]);
        if (ReadUInt16LittleEndian(pdu[8..]) != transfer.CommandId)
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 8);
        }

        if (ReadUInt32LittleEndian(pdu[12..]) != transfer.Next || length > transfer.Left)
        {
            Certain(FatalErrorStatus.DataOutOfRange, null);
        }

        var hasData = Length > pdu[2] + (state.HeaderDigest ? 4 : 0);
        if (!hasData || length != Length - pdu[3] - (state.DataDigest ? 4 : 0))
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 16);
            Possible(FatalErrorStatus.InvalidHeaderField, 4);
        }

        if (((pdu[1] & 4) != 0) != (length == transfer.Left))
        {
            Certain(FatalErrorStatus.InvalidHeaderField, 1);
        }
    }

    private void Certain(FatalErrorStatus status, uint? information) => Add(status, information, isCertain: true);

    private void Possible(FatalErrorStatus status, uint? information) => Add(status, information, isCertain: false);

    private void Add(FatalErrorStatus status, uint? information, bool isCertain)
    {
        _faults.Add(new Fault(status, information));
        _isCertain |= isCertain;
    }
}
