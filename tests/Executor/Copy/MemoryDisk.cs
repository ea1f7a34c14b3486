using Migrate.Executor.Copy;
using Migrate.Executor.Sources;

namespace Migrate.Executor.Tests.Copy;

/// <summary>
/// A destination that behaves like a disk with a volatile cache: what was not flushed before <see cref="Crash"/> is lost, kept or half kept,
/// as chance will have it.
/// </summary>
internal sealed class MemoryDisk(byte[] content, Random random) : IDiskWriter
{
    private readonly Lock _lock = new();
    private readonly byte[] _durable = [.. content];
    private readonly List<(long Offset, byte[] Data)> _unflushed = [];
    private int _writes;

    public MemoryDisk(long capacity, Random random) : this(new byte[capacity], random)
    {
    }

    public byte[] Content { get; } = content;

    public long CapacityBytes => Content.Length;

    public int BlockSize => 512;

    public long BytesWritten { get; private set; }

    public int ZeroCommands { get; private set; }

    public List<long> Offsets { get; } = [];

    /// <summary>The write with this number, and every one after it, fails.</summary>
    public int FailAtWrite { get; set; } = int.MaxValue;

    public bool FailFlush { get; set; }

    /// <summary>Flushes are answered when this is done.</summary>
    public Task FlushesEnd { get; set; } = Task.CompletedTask;

    public Exception Failure { get; set; } = new IOException("the destination broke");

    public Action<int>? OnWrite { get; set; }

    /// <summary>One bit of the next write becomes another one on its way.</summary>
    public bool Spoil { get; set; }

    /// <summary>What it says that it keeps; null for everything.</summary>
    public DiskRange[]? Map { get; set; }

    public IAsyncEnumerable<DiskRange> MapAsync(CancellationToken cancellationToken) => (Map ?? [new DiskRange(0, CapacityBytes, RangeKind.Data)]).ToAsyncEnumerable();

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Apply(offset, data.ToArray());
        lock (_lock)
        {
            BytesWritten += data.Length;
        }
    }

    public async ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Apply(offset, new byte[length]);
        lock (_lock)
        {
            ZeroCommands++;
        }
    }

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Content.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await FlushesEnd; // As a command that was sent, it is not to be cancelled.
        lock (_lock)
        {
            if (FailFlush)
            {
                throw Failure;
            }
            _unflushed.Clear();
            Content.CopyTo(_durable, 0);
        }
    }

    public MemoryDisk Crash()
    {
        lock (_lock)
        {
            foreach (var (offset, data) in _unflushed)
            {
                var kept = random.Next(3) switch { 0 => 0, 1 => data.Length, _ => random.Next(data.Length / 512 + 1) * 512 };
                data.AsSpan(0, kept).CopyTo(_durable.AsSpan((int)offset));
            }
            return new MemoryDisk([.. _durable], random);
        }
    }

    private void Apply(long offset, byte[] data)
    {
        (offset % BlockSize).ShouldBe(0);
        (data.Length % BlockSize).ShouldBe(0);
        var number = Interlocked.Increment(ref _writes);
        OnWrite?.Invoke(number);
        if (number >= FailAtWrite)
        {
            throw Failure;
        }
        lock (_lock)
        {
            data[0] ^= (byte)(Spoil ? 1 : 0);
            Spoil = false;
            data.CopyTo(Content, offset);
            Offsets.Add(offset);
            _unflushed.Add((offset, data));
        }
    }
}
