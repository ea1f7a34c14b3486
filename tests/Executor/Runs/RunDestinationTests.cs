using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Targets;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;
using Migrate.Target.Host;
using Migrate.Target.Statistics;

namespace Migrate.Executor.Tests.Runs;

/// <summary>How runs connect to a target that is elsewhere.</summary>
[UsesDatabase]
public sealed class RunDestinationTests : IAsyncLifetime
{
    private const int MiB = 1 << 20;

    private readonly Guid _id = Guid.NewGuid();
    private RunsDatabase _database = null!;
    private NvmeTarget _target = null!;
    private TcpProxy _way = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await RunsDatabase.CreateAsync();
        _target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(_database.Directory, "target"), Listen = IPAddress.Loopback, Port = 0, DiscoveryPort = null },
            TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        await _target.CreateNamespaceAsync(new NamespaceSpec(_id, 16 * MiB), Cancellation);
        _way = new TcpProxy(_target.EndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _way.DisposeAsync();
        await _target.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>0.0.0.0 leads to this machine and is no loopback address: the way of a target elsewhere, without a second machine.</summary>
    [Fact]
    public async Task A_byte_that_changes_on_the_wire_is_refused_where_it_arrives()
    {
        await WriteAsync("0.0.0.0", async (disk, data) =>
        {
            (await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, data, Cancellation))).StatusCode.ShouldBe(0x22, "transient transport error");
            await disk.WriteAsync(0, data, Cancellation);
            (await BackingAsync()).ShouldBe(data);
        });
    }

    [Fact]
    public async Task Within_the_machine_nothing_is_spent_on_digests()
    {
        await WriteAsync("127.0.0.1", async (disk, data) =>
        {
            await disk.WriteAsync(0, data, Cancellation);
            (await BackingAsync()).ShouldNotBe(data);
        });
    }

    [Fact]
    public async Task What_a_target_elsewhere_keeps_nothing_of_is_not_read_back()
    {
        var content = new byte[16 * MiB];
        foreach (var at in (int[])[3 * MiB, 9 * MiB, 10 * MiB])
        {
            RandomNumberGenerator.Fill(content.AsSpan(at, MiB));
        }

        await ConnectedAsync("127.0.0.1", async host =>
        {
            var disk = new NvmeDiskWriter(await host.OpenAsync(_id, Cancellation));
            await disk.WriteAsync(3 * MiB, content.AsMemory(3 * MiB, MiB), Cancellation);
            await disk.WriteAsync(9 * MiB, content.AsMemory(9 * MiB, 2 * MiB), Cancellation);
            await disk.FlushAsync(Cancellation);

            var hash = await DiskVerify.HashAsync(disk, null, TimeProvider.System, Cancellation);

            hash.ShouldBe(await DiskHash.OfStreamAsync(new MemoryStream(content), Cancellation));
            _target.ReadStatistics().Namespaces[_id].Bytes(CommandClass.Read).ShouldBe(3 * MiB);
        });
    }

    private Task WriteAsync(string address, Func<NvmeDisk, byte[], Task> write) => ConnectedAsync(address, async host =>
    {
        var disk = await host.OpenAsync(_id, Cancellation);

        _way.SpoilToServer();
        await write(disk, RandomNumberGenerator.GetBytes(MiB));

        _way.Spoilt.ShouldBe(1);
    });

    private async Task ConnectedAsync(string address, Func<NvmeHost, Task> act)
    {
        var elsewhere = new Elsewhere(_target, new IPEndPoint(IPAddress.Parse(address), _way.EndPoint.Port));
        var options = new ExecutorOptions { DataDirectory = _database.Directory, LeaseDuration = TimeSpan.FromHours(1) }; // Nobody renews it here.
        var destination = new RunDestination(elsewhere, new TargetFence(elsewhere), options, TimeProvider.System, NullLoggerFactory.Instance);
        var run = await _database.AddRunAsync(RunPhase.Seeding, TimeProvider.System.GetUtcNow());
        await using var lease = (await new LeaseStore(_database, options, TimeProvider.System, NullLogger<LeaseStore>.Instance).TryTakeAsync(run.Id, Cancellation)).ShouldNotBeNull();
        var work = await RunWork.LoadAsync(_database, new RunLog(_database, TimeProvider.System, NullLogger<RunLog>.Instance), lease, Cancellation);
        await using var host = await destination.ConnectAsync(work, [_id], Cancellation);
        await act(host);
    }

    private async Task<byte[]> BackingAsync()
    {
        await _target.TakeOfflineAsync(_id, Cancellation); // It lets go of the file.
        var read = new byte[MiB];
        await using var backing = File.OpenRead(_target.FindNamespace(_id)!.BackingPath);
        await backing.ReadExactlyAsync(read, Cancellation);
        return read;
    }

    private sealed class Elsewhere(NvmeTarget target, IPEndPoint endPoint) : ITargetControl
    {
        private readonly InProcessTarget _target = new(target);

        public async Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken) => await _target.PlaceAsync(cancellationToken) with { EndPoint = endPoint };

        public Task<NamespaceInfo?> FindNamespaceAsync(Guid uuid, CancellationToken cancellationToken) => _target.FindNamespaceAsync(uuid, cancellationToken);

        public Task<IReadOnlyList<NamespaceInfo>> ListNamespacesAsync(CancellationToken cancellationToken) => _target.ListNamespacesAsync(cancellationToken);

        public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) => _target.CreateNamespaceAsync(spec, cancellationToken);

        public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) => _target.DeleteNamespaceAsync(uuid, deleteBacking, cancellationToken);

        public Task GrantAsync(Guid uuid, string hostNqn, long epoch, CancellationToken cancellationToken) => _target.GrantAsync(uuid, hostNqn, epoch, cancellationToken);

        public Task<DataMap> FindDataAsync(Guid uuid, long from, CancellationToken cancellationToken) => _target.FindDataAsync(uuid, from, cancellationToken);

        public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) => _target.TakeOfflineAsync(uuid, cancellationToken);

        public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) => _target.BringOnlineAsync(uuid, cancellationToken);
    }
}
