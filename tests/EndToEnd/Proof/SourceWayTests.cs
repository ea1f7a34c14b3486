using Migrate.Planner.Plans;
using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Sources.Nbd;
using Migrate.Planner;
using Migrate.Planner.VSphere;
using Migrate.Simulator;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>What happens on the network between reader and source, over HTTPS (a simulated vCenter; files and exports) and NBD (nbdkit, qemu-nbd).</summary>
[Collection(nameof(ProofCollection))]
public sealed class SourceWayTests
{
    private const long MiB = CopyLine.MiB;
    private const long DiskBytes = (40 * MiB) + 512;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https", "cut")]
    [InlineData("https", "reset")]
    [InlineData("https", "silent")]
    [InlineData("https", "spoilt")]
    [InlineData("qemu-nbd", "cut")]
    [InlineData("qemu-nbd", "reset")]
    [InlineData("qemu-nbd", "silent")]
    public async Task A_way_that_breaks_in_the_middle_of_a_copy_is_made_again_and_the_copy_is_right(string protocol, string fault)
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var source = await Source.OpenAsync(protocol, line.Source);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        source.Way.After(12 * MiB, toServer: false, () => Break(source.Way, fault));

        var result = await line.CopyAsync(source.Reader, destination);

        source.Way.Spoilt.ShouldBe(fault == "spoilt" ? 1 : 0);
        result.SourceHash.ShouldBe(await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancellation));
        await line.IsEqualAsync();
        source.Way.BytesToClient.ShouldBeLessThan(DiskBytes + (44 * MiB), "requests go on where they broke off, or are made again, but the disk is not read again");
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("reset")]
    [InlineData("silent")]
    [InlineData("spoilt")]
    public async Task An_export_that_breaks_cannot_go_on_but_the_next_one_sends_only_what_is_not_safe(string fault)
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var source = await Source.OpenAsync("export-lease", line.Source);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        if (fault == "silent")
        {
            ((LeaseReader)source.Reader).StallTimeout = TimeSpan.FromSeconds(8);
        }

        source.Way.After(24 * MiB, toServer: false, () => Break(source.Way, fault));

        var error = await Should.ThrowAsync<MigrateException>(() => line.CopyAsync(source.Reader, destination));

        error.Code.ShouldStartWith("source.");
        error.IsTransient.ShouldBeTrue(error.Message);
        long safe;
        await using (var journal = await line.OpenJournalAsync())
        {
            safe = journal.DurableBytes;
            safe.ShouldBeGreaterThan(0, "what came before it broke is kept");
        }

        await using var again = await source.AgainAsync();
        var result = await line.CopyAsync(again.Reader, destination);

        result.BytesWritten.ShouldBeLessThanOrEqualTo(DiskBytes - safe);
        ((LeaseReader)again.Reader).ManifestAgrees.ShouldBe(true);
        await line.IsEqualAsync();
    }

    [Fact]
    public async Task A_byte_that_nothing_protects_on_its_way_from_the_source_is_found_by_reading_the_source_again()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var source = await Source.OpenAsync("nbdkit", line.Source);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        source.Way.After(12 * MiB, toServer: false, () => source.Way.SpoilToClient());

        await line.CopyAsync(source.Reader, destination);

        source.Way.Spoilt.ShouldBe(1);
        await using var journal = await line.OpenJournalAsync();
        var found = await DiskVerify.RunAsync(
            new NvmeDiskWriter(destination), journal, (IRangeReader)source.Reader, new VerifyOptions { Level = VerifyLevel.Source }, null, TimeProvider.System, Cancellation);
        found.Differences.ShouldHaveSingleItem().Side.ShouldBe(DiskSide.Source);
    }

    [Theory]
    [InlineData("https")]
    [InlineData("export-lease")]
    public async Task A_source_that_slows_to_a_hundredth_is_called_stalled_and_the_copy_goes_on_when_it_is_back(string protocol)
    {
        const long Rate = 24 * MiB;
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var source = await Source.OpenAsync(protocol, line.Source);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        var reports = new ConcurrentQueue<CopyProgress>();
        var alarmed = new TaskCompletionSource<CopyProgress>(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Faults!.ReadBytesPerSecond = Rate;
        var isSlow = false;
        source.Way.After(12 * MiB, toServer: false, () =>
        {
            source.Faults.ReadBytesPerSecond = Rate / 100;
            Volatile.Write(ref isSlow, true);
        });
        var progress = new Reports(x =>
        {
            reports.Enqueue(x);
            // A busy machine may stall before, and its own end first.
            if (Volatile.Read(ref isSlow) && x.Stall is { Stage: CopyStage.SourceRead or CopyStage.Transport })
            {
                alarmed.TrySetResult(x);
            }
        });

        var copying = line.CopyAsync(source.Reader, destination, new CopyOptions { StallAfter = TimeSpan.FromSeconds(2) }, progress);
        var alarm = await alarmed.Task.WaitAsync(TimeSpan.FromMinutes(3), Cancellation);
        source.Faults.ReadBytesPerSecond = null;
        await copying;

        alarm.Stall!.Stage.ShouldBeOneOf(CopyStage.SourceRead, CopyStage.Transport);
        alarm.Stall.Says.ShouldContain("Nothing was settled for");
        reports.Last().Stall.ShouldBeNull("it is over");
        reports.Last().BytesDone.ShouldBe(DiskBytes);
        await line.IsEqualAsync();
    }

    [Fact]
    public async Task A_read_error_of_the_source_is_named_and_the_copy_goes_on_when_its_cause_is_gone()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var source = await Source.OpenAsync("nbdkit", line.Source);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        source.Way.After(16 * MiB, toServer: false, () => source.Nbd!.Fail(reads: true));

        var error = await Should.ThrowAsync<MigrateException>(() => line.CopyAsync(source.Reader, destination));

        error.Code.ShouldStartWith("source.");
        error.Message.ShouldContain("input/output error");
        error.Remedy.ShouldNotBeEmpty();
        long safe;
        await using (var journal = await line.OpenJournalAsync())
        {
            safe = journal.DurableBytes;
            safe.ShouldBeGreaterThan(0, "what came before the error is kept");
        }

        source.Nbd!.Fail(reads: false);
        var result = await line.CopyAsync(source.Reader, destination);

        result.BytesRead.ShouldBeLessThanOrEqualTo(DiskBytes - safe);
        await line.IsEqualAsync();
    }

    [Fact]
    public async Task A_source_that_answers_with_errors_is_named_and_the_copy_goes_on_when_it_answers_again()
    {
        await using var line = await CopyLine.OpenAsync(DiskBytes);
        await using var source = await Source.OpenAsync("https", line.Source);
        await using var host = await line.ConnectAsync();
        var destination = await line.OpenDiskAsync(host);
        source.Way.After(12 * MiB, toServer: false, () => source.Faults!.FailHttp(100_000, 500));

        var error = await Should.ThrowAsync<MigrateException>(() => line.CopyAsync(source.Reader, destination));

        error.Code.ShouldStartWith("source.");
        error.Message.ShouldContain("500");
        source.Faults!.FailHttp(0, 500);
        await line.CopyAsync(source.Reader, destination);
        await line.IsEqualAsync();
    }

    private static void Break(TcpProxy way, string fault)
    {
        switch (fault)
        {
            case "cut":
                way.Cut();
                break;
            case "reset":
                way.Reset();
                break;
            case "silent":
                way.Freeze();
                break;
            default:
                way.SpoilToClient(); // TLS does not take it.
                break;
        }
    }

    /// <summary>A disk's file behind a server and a proxy, with the reader for it.</summary>
    private sealed class Source(TcpProxy way, IDiskReader reader, NbdSource? nbd, SimulatorServer? simulator, VSphereSession? session) : IAsyncDisposable
    {
        private bool _isLent; // Server and way belong to another one.


        public TcpProxy Way => way;

        public IDiskReader Reader => reader;

        public NbdSource? Nbd => nbd;

        public Migrate.Simulator.Faults.SimulatorFaults? Faults => simulator?.Faults;

        public static async Task<Source> OpenAsync(string protocol, string file)
        {
            if (protocol is not ("https" or "export-lease"))
            {
                var nbd = await NbdSource.StartAsync(protocol, file);
                var nbdWay = new TcpProxy(nbd.EndPoint);
                var options = new NbdReaderOptions { Attempts = 4, FirstDelay = TimeSpan.FromMilliseconds(20), StallTimeout = TimeSpan.FromSeconds(4) };
                return new Source(nbdWay, await NbdReader.OpenAsync(new NbdEndpoint(nbdWay.EndPoint), options, TimeProvider.System, Cancellation), nbd, null, null);
            }

            var vm = Migrate.EndToEnd.Tests.Runs.Estates.Vm(file);
            var simulator = await SimulatorServer.StartAsync(Migrate.EndToEnd.Tests.Runs.Estates.Of(vm), cancellationToken: Cancellation);
            var way = new TcpProxy(new IPEndPoint(IPAddress.Loopback, simulator.Url.Port));
            simulator.Faults.Rewrite = answer => answer.Replace($":{simulator.Url.Port}/", $":{way.EndPoint.Port}/", StringComparison.Ordinal); // Exports name the server.
            return await OpenAsync(protocol, way, simulator);
        }

        /// <summary>The same server in another session, as the next step of a run has it.</summary>
        public async Task<Source> AgainAsync()
        {
            var again = await OpenAsync(Reader.Kind, way, simulator!);
            again._isLent = true;
            return again;
        }

        private static async Task<Source> OpenAsync(string protocol, TcpProxy way, SimulatorServer simulator)
        {
            var endPoint = new VSphereEndpoint(new Uri($"https://127.0.0.1:{way.EndPoint.Port}/"), simulator.UserName, simulator.Password, simulator.Thumbprint);
            var session = await VSphereSession.OpenAsync(endPoint, TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
            var found = (await session.ReadInventoryAsync(Cancellation)).Vms.Single();
            if (protocol == "export-lease")
            {
                return new Source(way, await LeaseReader.OpenAsync(session, found.Key, found.Disks[0].Key, TimeProvider.System, null, null, Cancellation), null, simulator, session);
            }

            var uri = session.FolderUri(found.Datacenter, DiskReaders.FlatFileOf(found.Disks[0].FileName!));
            var reader = await FolderReader.OpenAsync(
                session.Http, uri, new FolderReaderOptions { Attempts = 4, FirstDelay = TimeSpan.FromMilliseconds(20), StallTimeout = TimeSpan.FromSeconds(4) }, TimeProvider.System, Cancellation);
            return new Source(way, reader, null, simulator, session);
        }

        public async ValueTask DisposeAsync()
        {
            await reader.DisposeAsync();
            await (session?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (_isLent)
            {
                return;
            }

            await way.DisposeAsync();
            await (simulator?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (nbd?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private sealed class Reports(Action<CopyProgress> take) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => take(value);
    }
}
