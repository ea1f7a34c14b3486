using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Sources;
using Migrate.Planner;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Executor.Tests.Copy;

public sealed class CopyToTargetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Guid _id = Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task A_disk_read_by_ranges_lands_in_the_namespace_and_reads_back_the_same(int seed)
    {
        var disk = SampleDisk.Random(new Random(seed), maxExtents: 60);
        await using var server = await RangeServer.StartAsync(disk);
        await using var target = await StartTargetAsync(disk.Length);
        await using var host = await ConnectAsync(target);
        var destination = await host.OpenAsync(_id, Cancel);
        await using var reader = await FolderReader.OpenAsync(server.Http, server.Disk, new FolderReaderOptions(), TimeProvider.System, Cancel);
        await using var journal = await OpenJournalAsync(disk.Length);

        var result = await DiskCopy.RunAsync(reader, destination, journal, new CopyOptions { DestinationIsZero = true }, null, TimeProvider.System, Cancel);

        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        var link = new NvmeDiskWriter(destination).Link.ShouldNotBeNull();
        link.Connections.ShouldBe(host.IoQueues);
        link.Busy.ShouldBeInRange(TimeSpan.FromTicks(1), TimeSpan.FromMinutes(10));
        link.HeldByTarget.ShouldBeLessThanOrEqualTo(link.Busy);
        (await DiskVerify.HashAsync(destination, null, TimeProvider.System, Cancel)).ShouldBe(result.SourceHash);
        await target.TakeOfflineAsync(_id, Cancel);
        (await File.ReadAllBytesAsync(target.FindNamespace(_id)!.BackingPath, Cancel)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
    }

    [Fact]
    public async Task A_target_that_goes_away_is_named_and_the_copy_goes_on_at_a_new_one_over_garbage()
    {
        var disk = SampleDisk.Random(new Random(8), maxExtents: 80);
        var options = new CopyOptions { CheckpointBytes = 2 * Extent.Size };
        await using (var target = await StartTargetAsync(disk.Length))
        await using (var host = await ConnectAsync(target))
        await using (var journal = await OpenJournalAsync(disk.Length))
        {
            var destination = await host.OpenAsync(_id, Cancel);
            // What an earlier, unjournalled attempt may have left: none of it may survive.
            await destination.WriteAsync(disk.Length / 512 / 2 * 512, Enumerable.Repeat((byte)0xDD, 64 * 512).ToArray().AsMemory(0, Math.Min(64 * 512, disk.Length - (disk.Length / 512 / 2 * 512))), Cancel);
            var stopping = new StoppingReader(new SampleReader(disk), disk.Length / 2, () => target.DisposeAsync());
            var error = await Should.ThrowAsync<MigrateException>(() => DiskCopy.RunAsync(stopping, destination, journal, options, null, TimeProvider.System, Cancel));
            error.Code.ShouldBe("target.connection-lost");
            error.IsTransient.ShouldBeTrue();
        }

        await using var again = await StartTargetAsync(disk.Length);
        await using var newHost = await ConnectAsync(again);
        var namespaceDisk = await newHost.OpenAsync(_id, Cancel);
        await using var kept = await OpenJournalAsync(disk.Length);
        var result = await DiskCopy.RunAsync(new SampleReader(disk), namespaceDisk, kept, options, null, TimeProvider.System, Cancel);

        result.SourceHash.ShouldBe(await SampleDisk.HashAsync(disk));
        (await DiskVerify.HashAsync(namespaceDisk, null, TimeProvider.System, Cancel)).ShouldBe(result.SourceHash);
    }

    [Fact]
    public async Task A_namespace_given_to_another_host_is_called_fenced()
    {
        var disk = new byte[3 * Extent.Size];
        new Random(1).NextBytes(disk);
        await using var target = await StartTargetAsync(disk.Length);
        await using var host = await ConnectAsync(target);
        var destination = await host.OpenAsync(_id, Cancel);
        await target.GrantAsync(_id, "nqn.2026-01.org.migrate:somebody-else", Cancel);
        await using var journal = await OpenJournalAsync(disk.Length);

        var error = await Should.ThrowAsync<MigrateException>(() => DiskCopy.RunAsync(new SampleReader(disk), destination, journal, new CopyOptions(), null, TimeProvider.System, Cancel));

        error.Code.ShouldBe("target.fenced");
        journal.DurableBytes.ShouldBe(0);
    }

    private async Task<NvmeTarget> StartTargetAsync(long capacity)
    {
        var target = await NvmeTarget.StartAsync(new TargetOptions { Directory = _folder.File("target"), Port = 0 }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        await target.CreateNamespaceAsync(new NamespaceSpec(_id, capacity), Cancel);
        return target;
    }

    private Task<NvmeHost> ConnectAsync(NvmeTarget target) => NvmeHost.ConnectAsync(new NvmeHostOptions
    {
        EndPoint = target.EndPoint,
        SubsystemNqn = target.SubsystemNqn,
        HostNqn = "nqn.2026-01.org.migrate:copy-tests",
        HostId = _id,
    }, TimeProvider.System, null, Cancel);

    private Task<CopyJournal> OpenJournalAsync(long capacity) => CopyJournal.OpenAsync(_folder.File("journal"), _id, capacity, Cancel);

    /// <summary>Pulls the destination away while the disk is read.</summary>
    private sealed class StoppingReader(SampleReader inner, long at, Func<ValueTask> stop) : IDiskReader
    {
        public string Kind => inner.Kind;

        public long CapacityBytes => inner.CapacityBytes;

        public bool CanStartAnywhere => true;

        public async IAsyncEnumerable<DiskChunk> ReadAsync(long fromOffset, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var stopped = false;
            await foreach (var chunk in inner.ReadAsync(fromOffset, cancellationToken))
            {
                if (chunk.Offset >= at && !stopped)
                {
                    stopped = true;
                    await stop();
                }
                yield return chunk;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
