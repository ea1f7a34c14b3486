using System.Globalization;
using Migrate.EndToEnd.Tests.Kvm;
using Migrate.Simulator;
using Migrate.Simulator.Estates;

namespace Migrate.EndToEnd.Tests.Runs;

/// <summary>
/// A guest of the simulator that writes until it is powered off. One that is to boot afterwards writes where its file system stays whole: into
/// the blocks of its payload, whose hash it prints when it is up, and behind its last partition.
/// </summary>
internal sealed class WritingGuest : IAsyncDisposable
{
    private const int Block = 4096;
    private readonly SimulatorServer _simulator;
    private readonly EstateVm _vm;
    private readonly IReadOnlyList<long> _blocks;
    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
    private readonly Task _writing;
    private long _writes;

    /// <param name="simulator">Has the VM; while it is off, its guest writes nothing.</param>
    /// <param name="vm">With one disk.</param>
    /// <param name="blocks">Where it may write 4 KiB each.</param>
    public WritingGuest(SimulatorServer simulator, EstateVm vm, IReadOnlyList<long> blocks)
    {
        (_simulator, _vm, _blocks) = (simulator, vm, blocks);
        _writing = WriteAsync();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Makes the demonstration guest's disk with room behind its partition; gives the payload's hash as it is now, and where such a guest writes.</summary>
    public static async Task<(string Payload, IReadOnlyList<long> Blocks)> MakeDiskAsync(string path)
    {
        const long Room = 8L << 20;
        var payload = await GuestDisk.MakeAsync(path, "--hostname", "warm01", "--payload", "4");
        long end;
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            end = RandomAccess.GetLength(file);
            RandomAccess.SetLength(file, end + Room);
        }

        var blockSize = long.Parse(
            (await DebugfsAsync(path, "stats")).Split('\n').Single(x => x.StartsWith("Block size:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture);
        var inPayload = (await DebugfsAsync(path, "blocks /payload/data.bin")).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(x => long.Parse(x, CultureInfo.InvariantCulture)).ToList();
        // Whole blocks of ours only, where the file lies in one piece.
        var perBlock = (int)Math.Max(1, Block / blockSize);
        var pieces = inPayload.Chunk(perBlock).Where(x => x.Length == perBlock && x[^1] - x[0] == perBlock - 1 && blockSize <= Block);
        return (payload, [.. pieces.Select(x => PartitionStart + (x[0] * blockSize)), .. Enumerable.Range(0, (int)(Room / Block)).Select(x => end + ((long)x * Block))]);
    }

    /// <summary>Of a disk's file, by a program that is not ours.</summary>
    public static async Task<string> PayloadHashAsync(string path)
    {
        var payload = path + ".payload";
        await DebugfsAsync(path, $"dump /payload/data.bin {payload}");
        return (await Programs.OutputOfAsync("sha256sum", payload)).Split(' ')[0];
    }

    /// <summary>Writes what the source's disk holds now to a file.</summary>
    public static async Task DumpAsync(SimulatorServer simulator, EstateVm vm, string path)
    {
        var buffer = new byte[1 << 20];
        var capacity = new FileInfo(vm.Disks[0].File!).Length;
        await using var file = File.Create(path);
        for (var offset = 0L; offset < capacity; offset += buffer.Length)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, capacity - offset));
            await simulator.ReadDiskAsync(vm.Name, 0, offset, part, Cancellation);
            await file.WriteAsync(part, Cancellation);
        }
    }

    /// <summary>Until it has written so many blocks more, however busy the machine is.</summary>
    public async Task HasWrittenAsync(int blocks)
    {
        for (var until = Volatile.Read(ref _writes) + blocks; Volatile.Read(ref _writes) < until;)
        {
            await Task.Delay(10, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _writing;
        _over.Dispose();
    }

    private const long PartitionStart = 1L << 20;

    private static Task<string> DebugfsAsync(string path, string command) =>
        Programs.OutputOfAsync("/sbin/debugfs", "-R", command, $"{path}?offset={PartitionStart}");

    private async Task WriteAsync()
    {
        var random = new Random(11);
        while (!_over.IsCancellationRequested)
        {
            _simulator.Guests.Write(_vm.Name, 0, _blocks[random.Next(_blocks.Count)], Block, (ulong)random.NextInt64(1, long.MaxValue));
            Interlocked.Increment(ref _writes);
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
