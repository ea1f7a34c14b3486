using System.Diagnostics;
using System.Runtime.InteropServices;
using Migrate.Target.Host;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Benchmarks.Target;

/// <summary>One I/O queue under load. Each command's capsule is made once and sent again with another block address.</summary>
internal sealed unsafe class LoadConnection : IDisposable
{
    private const int InCapsule = 16 * 1024;
    private const int ReceiveCapacity = 1 << 20;
    private const int SendCapacity = 1 << 20;

    private readonly HostSocket _queue;
    private readonly LoadShape _shape;
    private readonly int _handle;
    private readonly Random _random;
    private readonly long _blocks;
    private readonly byte[][] _capsules;
    private readonly long[] _sentAt;
    private readonly byte[] _data;
    private readonly uint _dataDigest;
    private readonly byte[] _in = GC.AllocateUninitializedArray<byte>(ReceiveCapacity, pinned: true);
    private readonly byte[] _out = GC.AllocateUninitializedArray<byte>(SendCapacity, pinned: true);
    private readonly List<ushort> _idle = [];
    private int _outStart;
    private int _outEnd;
    private int _inEnd;
    private int _dataLeft;
    private int _dataSlot;
    private bool _dataAnswers;
    private uint _crc;
    private long _next;
    private int _underWay;

    public LoadConnection(HostSocket queue, uint nsid, long capacity, LoadShape shape, int seed)
    {
        (_queue, _shape, _random) = (queue, shape, new Random(seed));
        _handle = (int)queue.Socket.Handle;
        _blocks = capacity / shape.Bytes;
        _next = _blocks / Math.Max(1, shape.Connections) * (seed - 1);
        _sentAt = new long[shape.Depth];
        _data = new byte[shape.Bytes];
        _random.NextBytes(_data);
        _dataDigest = Crc32C.Compute(_data);
        _capsules = [.. Enumerable.Range(0, shape.Depth).Select(i => NewCapsule((ushort)i, nsid))];
        Latencies.Capacity = 1 << 20;
    }

    public List<int> Latencies { get; } = [];

    public void Fill()
    {
        for (ushort slot = 0; slot < _shape.Depth; slot++)
        {
            Send(slot);
        }

        Flush();
    }

    public void Forget() => Latencies.Clear();

    /// <summary>Takes what has come and sends as many commands again. False when it is the last time and nothing is under way any more.</summary>
    public bool Poll(bool isLast)
    {
        fixed (byte* start = _in)
        {
            var count = Linux.Receive(_handle, start + _inEnd, _in.Length - _inEnd, Linux.DontWait);
            if (count == 0 || (count < 0 && Marshal.GetLastPInvokeError() != Errno.EAGAIN))
            {
                throw new InvalidOperationException("the target closed the connection");
            }

            _inEnd += (int)Math.Max(0, count);
        }

        if (_inEnd > 0)
        {
            Take();
        }

        if (!isLast)
        {
            foreach (var slot in _idle)
            {
                Send(slot);
            }

            _idle.Clear();
        }

        Flush();
        return _underWay > 0;
    }

    public void Dispose() => _queue.Socket.Dispose();

    private void Take()
    {
        var unread = _in.AsSpan(0, _inEnd);
        while (TakeOne(ref unread))
        {
        }

        unread.CopyTo(_in);
        _inEnd = unread.Length;
    }

    private bool TakeOne(ref Span<byte> unread)
    {
        var digest = _queue.In.DataDigest ? PduLayout.DigestSize : 0;
        if (_dataLeft > 0)
        {
            if (unread.IsEmpty || (unread.Length < _dataLeft && _dataLeft <= digest))
            {
                return false;
            }

            var data = Math.Min(unread.Length, _dataLeft - digest);
            if (digest > 0 && data > 0)
            {
                _crc = Crc32C.Append(_crc, unread[..data]);
            }

            unread = unread[data..];
            _dataLeft -= data;
            if (_dataLeft == digest && unread.Length >= digest)
            {
                Check(digest == 0 || ReadUInt32LittleEndian(unread) == ~_crc, "a data digest is wrong");
                unread = unread[digest..];
                _dataLeft = 0;
                if (_dataAnswers)
                {
                    Done(_dataSlot);
                }
            }

            return true;
        }

        if (unread.Length < PduHeader.Size)
        {
            return false;
        }

        var header = PduHeader.Read(unread);
        var headerEnd = header.DataOffset != 0 ? header.DataOffset : header.Length;
        if (unread.Length < headerEnd)
        {
            return false;
        }

        var pdu = unread[..headerEnd];
        unread = unread[headerEnd..];
        Handle(header, pdu);
        return true;
    }

    private void Handle(in PduHeader header, ReadOnlySpan<byte> pdu)
    {
        switch (header.Type)
        {
            case PduType.C2HData:
                _dataSlot = C2HData.Read(pdu).CommandId;
                _dataLeft = header.Length - pdu.Length;
                _dataAnswers = (header.Flags & PduFlags.Success) != 0;
                _crc = uint.MaxValue;
                break;
            case PduType.CapsuleResp:
                var completion = CompletionEntry.Read(pdu[PduHeader.Size..]);
                Check(completion.Status == NvmeStatus.Success, "a command failed");
                Done(completion.CommandId);
                break;
            case PduType.R2T:
                SendData(R2T.Read(pdu));
                break;
            default:
                throw new InvalidOperationException($"the target sent {header.Type}");
        }
    }

    private void Done(int slot)
    {
        Latencies.Add((int)(Stopwatch.GetTimestamp() - _sentAt[slot]));
        _idle.Add((ushort)slot);
        _underWay--;
    }

    private void Send(ushort slot)
    {
        var capsule = _capsules[slot];
        _next = _shape.IsSequential ? (_next + 1) % _blocks : _random.NextInt64(_blocks);
        WriteInt64LittleEndian(capsule.AsSpan(PduHeader.Size + 40), _next * (_shape.Bytes / 512));
        _queue.Out.SealHeader(capsule, CapsuleCmd.HeaderSize, 0);
        _sentAt[slot] = Stopwatch.GetTimestamp();
        _underWay++;
        Put(capsule);
    }

    private void SendData(R2T request)
    {
        var layout = _queue.Out;
        Span<byte> digest = stackalloc byte[PduLayout.DigestSize];
        Span<byte> header = stackalloc byte[256];
        header = header[..layout.DataOffset(H2CData.HeaderSize)];
        for (var at = 0u; at < request.DataLength;)
        {
            var length = Math.Min((uint)_queue.MaxH2CData, request.DataLength - at);
            new H2CData(request.CommandId, request.TransferTag, request.Offset + at, length).WriteHeader(header, layout, at + length == request.DataLength);
            Gather(header, _data.AsSpan((int)at, (int)length));
            if (layout.DataDigest)
            {
                // Of the whole buffer it is known; parts have to be computed.
                WriteUInt32LittleEndian(digest, length == _data.Length ? _dataDigest : Crc32C.Compute(_data.AsSpan((int)at, (int)length)));
                Put(digest);
            }

            at += length;
        }
    }

    // From where the data is, as far as the socket takes it.
    private void Gather(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        Flush();
        if (_outEnd == 0)
        {
            fixed (byte* one = header, two = data)
            {
                var vectors = stackalloc IoVector[2];
                vectors[0] = new IoVector { Base = one, Length = header.Length };
                vectors[1] = new IoVector { Base = two, Length = data.Length };
                var message = new MessageHeader { Vectors = vectors, VectorCount = 2 };
                var sent = (int)Math.Max(0, Linux.SendMessage(_handle, &message, Linux.DontWait | Linux.NoSignal));
                data = data[Math.Max(0, sent - header.Length)..];
                header = header[Math.Min(sent, header.Length)..];
            }
        }

        Put(header);
        Put(data);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _out.Length - _outEnd)
        {
            Flush();
            while (bytes.Length > _out.Length - _outEnd)
            {
                Flush();
            }
        }

        bytes.CopyTo(_out.AsSpan(_outEnd));
        _outEnd += bytes.Length;
    }

    private void Flush()
    {
        fixed (byte* start = _out)
        {
            while (_outStart < _outEnd)
            {
                var sent = Linux.Send(_handle, start + _outStart, _outEnd - _outStart, Linux.DontWait | Linux.NoSignal);
                if (sent < 0)
                {
                    Check(Marshal.GetLastPInvokeError() == Errno.EAGAIN, "the target closed the connection");
                    if (_outStart > 0)
                    {
                        _out.AsSpan(_outStart, _outEnd - _outStart).CopyTo(_out);
                        (_outStart, _outEnd) = (0, _outEnd - _outStart);
                    }

                    return;
                }

                _outStart += (int)sent;
            }
        }

        (_outStart, _outEnd) = (0, 0);
    }

    private byte[] NewCapsule(ushort slot, uint nsid)
    {
        var layout = _queue.Out;
        var isInCapsule = _shape.IsWrite && _shape.Bytes <= InCapsule;
        var entry = LoadController.NewEntry(_shape.IsWrite ? NvmOpcode.Write : NvmOpcode.Read, slot, nsid,
            isInCapsule ? SglDescriptor.InCapsule : SglDescriptor.Transport, (uint)_shape.Bytes);
        WriteUInt32LittleEndian(entry.AsSpan(48), (uint)(_shape.Bytes / 512) - 1);
        var dataLength = isInCapsule ? _shape.Bytes : 0;
        var capsule = new byte[layout.Length(CapsuleCmd.HeaderSize, dataLength)];
        CapsuleCmd.WriteHeader(capsule, layout, entry, dataLength);
        if (isInCapsule)
        {
            _data.CopyTo(capsule, layout.DataOffset(CapsuleCmd.HeaderSize));
            layout.SealData(capsule, CapsuleCmd.HeaderSize, dataLength);
        }

        return capsule;
    }

    private static void Check(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new InvalidOperationException(what);
        }
    }
}
