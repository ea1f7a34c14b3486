using System.Buffers;
using System.Security.Cryptography;

namespace Migrate.Executor.Copy;

/// <summary>
/// SHA-256 of extents, of which many are hashed at once: sixteen that come close upon each other are hashed together where the processor has the
/// vectors for it, which takes 0.6 of the time. Whoever comes alone waits for company no longer than it takes to hash some.
/// </summary>
internal sealed class ExtentHasher : IDisposable
{
    /// <summary>Sixteen together take as long as nine alone.</summary>
    private const int WorthALane = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(4);

    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private List<Request> _waiting = [];

    public ExtentHasher() => _timer = new Timer(_ => HashWaiting());

    /// <summary>For all copies of this process.</summary>
    public static ExtentHasher Worker { get; } = new();

    /// <summary>The bytes must stay as they are until the hash is there.</summary>
    public ValueTask<byte[]> HashAsync(ReadOnlyMemory<byte> extent)
    {
        if (!Sha256Lanes.IsSupported || extent.Length != Extent.Size)
        {
            return ValueTask.FromResult(SHA256.HashData(extent.Span));
        }
        var request = new Request(extent);
        List<Request>? full = null;
        lock (_lock)
        {
            _waiting.Add(request);
            if (_waiting.Count == Sha256Lanes.Lanes)
            {
                (full, _waiting) = (_waiting, []);
            }
            else if (_waiting.Count == 1)
            {
                _timer.Change(Patience, Timeout.InfiniteTimeSpan);
            }
        }
        if (full is not null)
        {
            HashTogether(full);
        }
        return new ValueTask<byte[]>(request.Hashed.Task);
    }

    public void Dispose() => _timer.Dispose();

    private void HashWaiting()
    {
        List<Request> some;
        lock (_lock)
        {
            (some, _waiting) = (_waiting, []);
        }
        if (some.Count >= WorthALane)
        {
            HashTogether(some);
            return;
        }
        foreach (var one in some)
        {
            ThreadPool.UnsafeQueueUserWorkItem(one, preferLocal: false);
        }
    }

    /// <summary>At most sixteen, and at least one: lanes that nobody needs do another's work again.</summary>
    private static unsafe void HashTogether(List<Request> some)
    {
        var pins = new MemoryHandle[some.Count];
        var messages = stackalloc byte*[Sha256Lanes.Lanes];
        Span<byte> hashes = stackalloc byte[Sha256Lanes.Lanes * SHA256.HashSizeInBytes];
        for (var i = 0; i < some.Count; i++)
        {
            pins[i] = some[i].Extent.Pin();
        }
        for (var lane = 0; lane < Sha256Lanes.Lanes; lane++)
        {
            messages[lane] = (byte*)pins[Math.Min(lane, some.Count - 1)].Pointer;
        }
        Sha256Lanes.Hash(messages, Extent.Size, hashes);
        for (var i = 0; i < some.Count; i++)
        {
            pins[i].Dispose();
            some[i].Hashed.SetResult(hashes.Slice(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes).ToArray());
        }
    }

    private sealed class Request(ReadOnlyMemory<byte> extent) : IThreadPoolWorkItem
    {
        public ReadOnlyMemory<byte> Extent { get; } = extent;

        public TaskCompletionSource<byte[]> Hashed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Execute() => Hashed.SetResult(SHA256.HashData(Extent.Span));
    }
}
