using System.Runtime.InteropServices;

namespace Migrate.Target.Namespaces;

/// <summary>Memory that direct I/O takes whatever the device. Kept for the next one when it is given back; the holder owns it until then.</summary>
internal readonly unsafe struct AlignedBuffer : IDisposable
{
    public const int Bytes = 256 * 1024;

    private const int Alignment = 64 * 1024;
    private const int MostKept = 64;
    private static readonly Stack<nint> Free = new();

    private AlignedBuffer(byte* start) => Start = start;

    public byte* Start { get; }

    public static AlignedBuffer Rent()
    {
        lock (Free)
        {
            if (Free.TryPop(out var free))
            {
                return new AlignedBuffer((byte*)free);
            }
        }

        return new AlignedBuffer((byte*)NativeMemory.AlignedAlloc(Bytes, Alignment));
    }

    public void Dispose()
    {
        lock (Free)
        {
            if (Free.Count < MostKept)
            {
                Free.Push((nint)Start);
                return;
            }
        }

        NativeMemory.AlignedFree(Start);
    }
}
