using System.Numerics;
using System.Runtime.InteropServices;

namespace Migrate.Target.Transport;

/// <summary>
/// Buffers of 4 KiB to 256 KiB by powers of two, aligned so that direct I/O takes them. What was used last is given out
/// first, because it is still in the CPU's cache. For one thread; every buffer has one owner, who returns it once.
/// </summary>
internal sealed unsafe class DataPool(long keepBytes) : IDisposable
{
    public const int Alignment = 4096;
    public const int Largest = 256 * 1024;

    private const int Classes = 7;

    private readonly Stack<nint>[] _free = [.. Enumerable.Range(0, Classes).Select(_ => new Stack<nint>(16))];
    private long _freeBytes;
    private bool _isDisposed;

    /// <summary>Bytes that are out.</summary>
    public long RentedBytes { get; private set; }

    public DataBuffer Rent(int length)
    {
        var index = ClassOf(length);
        var size = Alignment << index;
        RentedBytes += size;
        if (_free[index].TryPop(out var memory))
        {
            _freeBytes -= size;
        }
        else
        {
            memory = (nint)NativeMemory.AlignedAlloc((nuint)size, Alignment);
        }

        return new DataBuffer((byte*)memory, size);
    }

    public void Return(DataBuffer buffer)
    {
        RentedBytes -= buffer.Size;
        if (_isDisposed || _freeBytes + buffer.Size > keepBytes)
        {
            NativeMemory.AlignedFree(buffer.Memory);
            return;
        }

        _freeBytes += buffer.Size;
        _free[ClassOf(buffer.Size)].Push((nint)buffer.Memory);
    }

    public void Dispose()
    {
        _isDisposed = true;
        foreach (var stack in _free)
        {
            while (stack.TryPop(out var memory))
            {
                NativeMemory.AlignedFree((void*)memory);
            }
        }
    }

    private static int ClassOf(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Largest);
        return length <= Alignment ? 0 : BitOperations.Log2((uint)(length - 1)) - 11;
    }
}

/// <summary>Memory of a <see cref="DataPool"/>; the default is no buffer.</summary>
internal readonly unsafe struct DataBuffer(byte* memory, int size)
{
    public byte* Memory { get; } = memory;

    public int Size { get; } = size;

    public bool Exists => Memory != null;

    public Span<byte> Span(int length) => new(Memory, length);
}
