using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Jobs;
using Migrate.Target.Host;

namespace Migrate.Executor.Tests.Copy;

public sealed class CopyMonitorTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly CopyStages _stages;
    private readonly Source _source = new();
    private readonly Destination _destination = new();
    private readonly TemporaryFolder _folder = new();

    public CopyMonitorTests() => _stages = new CopyStages(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_source_that_answers_late_is_named_with_the_rates_of_all()
    {
        var monitor = Monitor();
        Inside(_stages.WaitForRead, () => Inside(_stages.Read, Seconds(8), bytes: 80 << 20));
        Inside(_stages.Hash, Seconds(2), bytes: 80 << 20);
        _source.Times = new ReadTimes(TimeSpan.Zero, Seconds(7), Seconds(1));

        var found = monitor.Overall()!;

        found.Stage.ShouldBe(CopyStage.SourceRead);
        found.Share.ShouldBe(0.8, 0.001);
        found.Rates.ShouldBe([new StageRate(CopyStage.SourceRead, 10 << 20, 0.8), new StageRate(CopyStage.Hash, 40 << 20, 0.2)]);
        found.ToString().ShouldBe("reading at the source holds the copy up 80 % of the time: reading at the source 10 MiB/s while at it (80 % of the time), hashing 40 MiB/s while at it (20 % of the time)");
    }

    [Theory, InlineData(1, 7, 0, CopyStage.Transport), InlineData(7, 1, 0, CopyStage.SourceRead), InlineData(1, 1, 6, CopyStage.Throttle)]
    public void A_reader_that_can_tell_divides_its_side(int answering, int transferring, int limited, CopyStage stage)
    {
        var monitor = Monitor();
        Inside(_stages.WaitForRead, () => Inside(_stages.Read, Seconds(8), bytes: 1));
        _source.Times = new ReadTimes(Seconds(limited), Seconds(answering), Seconds(transferring));
        monitor.Overall()!.Stage.ShouldBe(stage);
    }

    [Fact]
    public void Room_that_does_not_come_back_is_hashings_fault_when_the_extents_are_there()
    {
        var monitor = Monitor();
        _stages.Hash.Enter();
        _stages.Hash.Enter();
        _stages.Write.Enter();
        Inside(_stages.WaitForRoom, Seconds(4));
        monitor.Overall()!.Stage.ShouldBe(CopyStage.Hash);
    }

    [Theory, InlineData(1.9, 0.1, CopyStage.Network), InlineData(1.9, 1.8, CopyStage.TargetWrite), InlineData(0.3, 0.0, CopyStage.TargetWrite)]
    public void Writes_wait_for_the_way_when_it_is_full_and_the_target_has_room_else_for_the_target(double busyShare, double heldShare, CopyStage stage)
    {
        var monitor = Monitor();
        _stages.Write.Enter();
        Inside(_stages.WaitForRoom, Seconds(10));
        _destination.Link = new LinkTimes(2, Seconds(10 * busyShare), Seconds(10 * heldShare));
        monitor.Overall()!.Stage.ShouldBe(stage);
    }

    [Fact]
    public void A_limit_is_named_as_such_and_what_was_long_ago_does_not_count()
    {
        var monitor = Monitor();
        Inside(_stages.WaitForRead, Seconds(60));
        monitor.Recent()!.Stage.ShouldBe(CopyStage.SourceRead);
        for (var i = 0; i < 12; i++)
        {
            Inside(_stages.WaitForLimit, Seconds(1));
            monitor.Recent();
        }
        var found = monitor.Recent()!;
        found.Stage.ShouldBe(CopyStage.Throttle);
        found.Share.ShouldBe(1, 0.001);
    }

    [Fact]
    public void Before_anything_happened_nothing_is_said()
    {
        var monitor = Monitor();
        monitor.Recent().ShouldBeNull();
        _time.Advance(Seconds(3));
        monitor.Recent().ShouldBeNull();
    }

    [Fact]
    public void A_copy_from_which_nothing_comes_back_raises_an_alarm_with_its_cause_until_it_goes_on()
    {
        var reports = new List<CopyProgress>();
        using var meter = new ProgressMeter(1000, new Reports(reports), _time) { StallAfter = Seconds(30), Monitor = Monitor() };
        meter.StartAt(0);
        _time.Advance(Seconds(1));
        meter.Add(100);
        var at = _time.GetUtcNow();
        _stages.Write.Enter();
        _stages.WaitForRoom.Enter();
        _time.Advance(Seconds(29));
        reports[^1].Stall.ShouldBeNull();
        _time.Advance(Seconds(2));
        var stall = reports[^1].Stall.ShouldNotBeNull();
        (stall.Since, stall.Stage).ShouldBe((at, CopyStage.TargetWrite));
        stall.Says.ShouldContain("waits for the target's writing");
        reports[^1].LastProgressAt.ShouldBe(at);
        meter.Add(1);
        _time.Advance(Seconds(1));
        reports[^1].Stall.ShouldBeNull();
    }

    [Fact]
    public void The_band_of_the_eta_widens_with_a_rate_that_jumps()
    {
        var (steady, jumping) = (BandOf(_ => 100), BandOf(i => i % 2 == 0 ? 190 : 10));
        steady.ShouldBe(0, 0.01);
        jumping.ShouldBeGreaterThan(0.5);

        double BandOf(Func<int, long> bytes)
        {
            var reports = new List<CopyProgress>();
            using var meter = new ProgressMeter(100_000, new Reports(reports), _time);
            meter.StartAt(0);
            for (var i = 0; i < 60; i++)
            {
                _time.Advance(Seconds(0.9));
                meter.Add(bytes(i));
            }
            var last = reports[^1];
            last.EarliestEta!.Value.ShouldBeLessThanOrEqualTo(last.Eta!.Value);
            return (last.LatestEta!.Value - last.EarliestEta.Value) / last.Eta.Value;
        }
    }

    [Theory, InlineData(100, 0, CopyStage.SourceRead), InlineData(0, 100, CopyStage.TargetWrite)] // So slow that a busy machine's hashing is not slower.
    public async Task A_whole_copy_names_its_slow_end(int readDelay, int writeDelay, CopyStage stage)
    {
        var disk = new byte[40 * Extent.Size];
        new Random(1).NextBytes(disk);
        await using var journal = await CopyJournal.OpenAsync(_folder.File("j"), Guid.NewGuid(), disk.Length, Cancel);
        var reports = new List<CopyProgress>();
        var destination = new SlowDisk(disk.Length, writeDelay);
        var options = new CopyOptions { DestinationIsZero = true, ExtentsInFlight = 4 };

        var result = await DiskCopy.RunAsync(new Source { Disk = disk, Delay = readDelay }, destination, journal, options, new Reports(reports), TimeProvider.System, Cancel);

        result.Bottleneck.ShouldNotBeNull().Stage.ShouldBe(stage);
        reports[^1].Amounts.ShouldBe(new CopyAmounts(disk.Length, disk.Length, 0, disk.Length));
    }

    private CopyMonitor Monitor() => new(_stages, _source, _destination, _time);

    private void Inside(StageClock clock, TimeSpan time, long bytes = 0)
    {
        clock.Enter();
        _time.Advance(time);
        clock.Leave(bytes);
    }

    private static void Inside(StageClock clock, Action what)
    {
        clock.Enter();
        what();
        clock.Leave();
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class Reports(List<CopyProgress> reports) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => reports.Add(value);
    }

    private sealed class Source : IRangeReader, ITimedReader
    {
        public byte[] Disk { get; init; } = [];

        public int Delay { get; init; }

        public ReadTimes Times { get; set; }

        public string Kind => "scripted";

        public long CapacityBytes => Disk.Length;

        public bool CanStartAnywhere => true;

        public int ParallelReads => 2;

        public async ValueTask ReadRangeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (Delay > 0)
            {
                await Task.Delay(Delay, cancellationToken);
            }
            Disk.AsMemory((int)offset, buffer.Length).CopyTo(buffer);
        }

        public async IAsyncEnumerable<DiskRange> MapAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return new DiskRange(offset, length, RangeKind.Data);
        }

        public IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Destination : IDiskWriter
    {
        public LinkTimes? Link { get; set; } = new LinkTimes(2, TimeSpan.Zero, TimeSpan.Zero);

        public long CapacityBytes => 0;

        public int BlockSize => 512;

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask FlushAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class SlowDisk(long capacity, int delay) : IDiskWriter
    {
        private readonly MemoryDisk _disk = new(capacity, new Random(1));

        public long CapacityBytes => capacity;

        public int BlockSize => 512;

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => _disk.ReadAsync(offset, buffer, cancellationToken);

        public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            await Task.Delay(delay, cancellationToken);
            await _disk.WriteAsync(offset, data, cancellationToken);
        }

        public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken) => _disk.WriteZeroesAsync(offset, length, cancellationToken);

        public ValueTask FlushAsync(CancellationToken cancellationToken) => _disk.FlushAsync(cancellationToken);
    }
}
