using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Commands;

/// <summary>Blocks in memory, and what each command must answer and leave there; has no part of the target's code.</summary>
internal sealed class CommandModel(int blocks, int blockSize)
{
    private const int MaxTransfer = 256 * 1024;

    private readonly byte[] _content = new byte[blocks * blockSize];

    public ReadOnlySpan<byte> Content => _content;

    /// <summary>The request's status code and data; the model is as the target must be afterwards.</summary>
    public (int Code, byte[]? Data) Apply(IoRequest request)
    {
        var slba = request.Cdw10 | ((long)request.Cdw11 << 32);
        var count = (int)(request.Cdw12 & 0xFFFF) + 1;
        switch (request.Opcode)
        {
            case NvmOpcode.Flush:
                return (NvmeStatus.Success, null);
            case NvmOpcode.DatasetManagement:
                return (Deallocate(request.FromHost!), null);
            case NvmOpcode.Copy:
                return (Copy(slba, request.FromHost!), null);
        }

        var mostBytes = request.Opcode is NvmOpcode.WriteZeroes or NvmOpcode.Verify ? 32 << 20 : MaxTransfer;
        var length = count * blockSize;
        if (!Exists(slba, count))
        {
            return (NvmeStatus.LbaOutOfRange, null);
        }

        if (length > mostBytes)
        {
            return (NvmeStatus.InvalidField, null);
        }

        var moves = request.Opcode is NvmOpcode.Read or NvmOpcode.Write or NvmOpcode.Compare;
        if (moves && (request.SglLength ?? Math.Max(request.FromHost?.Length ?? 0, request.ToHost)) < length)
        {
            return (NvmeStatus.DataSglLengthInvalid, null);
        }

        var range = _content.AsSpan((int)slba * blockSize, length);
        switch (request.Opcode)
        {
            case NvmOpcode.Read:
                return (NvmeStatus.Success, range.ToArray());
            case NvmOpcode.Write:
                request.FromHost.CopyTo(range);
                break;
            case NvmOpcode.WriteZeroes:
                range.Clear();
                break;
            case NvmOpcode.Compare:
                return (range.SequenceEqual(request.FromHost) ? NvmeStatus.Success : NvmeStatus.CompareFailure, null);
        }

        return (NvmeStatus.Success, null);
    }

    /// <summary>Compare and Write as one.</summary>
    public (int Compare, int Write) ApplyFused(IoRequest compare, IoRequest write)
    {
        var blockCount = (int)(compare.Cdw12 & 0xFFFF) + 1;
        if (blockCount > 64)
        {
            return (Exists(compare.Cdw10, blockCount) ? NvmeStatus.AtomicWriteUnitExceeded : NvmeStatus.LbaOutOfRange, NvmeStatus.FailedFused);
        }

        var (code, _) = Apply(compare);
        return code != NvmeStatus.Success ? (code, NvmeStatus.FailedFused) : (code, Apply(write).Code);
    }

    private int Deallocate(byte[] ranges)
    {
        var all = Enumerable.Range(0, ranges.Length / 16).Select(i => (Slba: BitConverter.ToInt64(ranges, (i * 16) + 8), Count: BitConverter.ToInt32(ranges, (i * 16) + 4))).ToList();
        if (all.Any(r => !Exists(r.Slba, r.Count)))
        {
            return NvmeStatus.LbaOutOfRange;
        }

        all.ForEach(r => _content.AsSpan((int)r.Slba * blockSize, r.Count * blockSize).Clear());
        return NvmeStatus.Success;
    }

    private int Copy(long to, byte[] sources)
    {
        var all = Enumerable.Range(0, sources.Length / 32).Select(i => (Slba: BitConverter.ToInt64(sources, (i * 32) + 8), Count: BitConverter.ToUInt16(sources, (i * 32) + 16) + 1)).ToList();
        var total = all.Sum(s => s.Count);
        if (all.Any(s => !Exists(s.Slba, s.Count)) || !Exists(to, total))
        {
            return NvmeStatus.LbaOutOfRange;
        }

        if (all.Any(s => s.Slba < to + total && to < s.Slba + s.Count))
        {
            return NvmeStatus.OverlappingRange;
        }

        foreach (var (slba, count) in all)
        {
            _content.AsSpan((int)slba * blockSize, count * blockSize).CopyTo(_content.AsSpan((int)to * blockSize));
            to += count;
        }

        return NvmeStatus.Success;
    }

    private bool Exists(long slba, int count) => slba >= 0 && slba < blocks && slba + count <= blocks;
}
