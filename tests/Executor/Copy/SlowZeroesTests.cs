using Migrate.Executor.Copy;
using Migrate.Executor.Tests.Jobs;

namespace Migrate.Executor.Tests.Copy;

public sealed class SlowZeroesTests : IDisposable
{
    private const long Capacity = 64L << 30;
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_long_run_of_zeroes_is_made_safe_while_it_is_written()
    {
        var id = Guid.NewGuid();
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), id, Capacity, Cancel);
        var time = new ManualTime();
        var safe = new List<long>();
        // 32 MiB/s, as a disk may have it that has to write zeroes.
        var destination = new SlowDisk(Capacity, length => time.Advance(TimeSpan.FromSeconds(length / (32.0 * (1 << 20)))), () => safe.Add(journal.DurableBytes));

        await DiskCopy.RunAsync(new HugeReader(Capacity), destination, journal, new CopyOptions { ExtentsInFlight = 4 }, null, time, Cancel);

        journal.IsComplete.ShouldBeTrue();
        // A kill at any time loses what was written since the flush before: ten seconds, or what is in flight.
        safe.Count.ShouldBeGreaterThan(50);
        safe.Zip(safe.Skip(1)).Max(pair => pair.Second - pair.First).ShouldBeLessThan(4L << 30);
    }

    private sealed class SlowDisk(long capacityBytes, Action<long> zeroed, Action flushed) : IDiskWriter
    {
        public long CapacityBytes => capacityBytes;

        public int BlockSize => 512;

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new InvalidOperationException("no reading");

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new InvalidOperationException("no writing");

        public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken)
        {
            lock (zeroed)
            {
                zeroed(length);
            }
            return ValueTask.CompletedTask;
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            flushed();
            return ValueTask.CompletedTask;
        }
    }
}
