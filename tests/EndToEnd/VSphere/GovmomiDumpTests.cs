using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>Dumps that govmomi wrote of its own simulator, against what the same simulator answers live.</summary>
public sealed class GovmomiDumpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("migrate-govmomi-dump-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-vm", "3", "-cluster", "2")]
    [InlineData("-dc", "2", "-vm", "2", "-pool", "2", "-pod", "1", "-ds", "3")]
    [InlineData("-esx", "-vm", "2", "-ds", "2")]
    public async Task A_dump_tells_the_same_as_the_server_that_it_is_of(params string[] arguments)
    {
        using var server = await GovmomiServer.StartAsync(Cancel, [.. arguments, "-dump", _folder]);
        await using var session = await VSphereSession.OpenAsync(new VSphereEndpoint(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var live = await session.ReadInventoryAsync(Cancel);
        var dumped = await OfflineSources.ReadAsync(OfflineSources.Create("dump", SourceKind.Dump, [_folder], TimeProvider.System), TimeProvider.System, Cancel);

        dumped.Gaps.ShouldBeEmpty();
        dumped.About.ShouldBe(live.About);
        dumped.Vms.Count.ShouldBeGreaterThan(1);
        Same(dumped.Vms, live.Vms);
        Same(dumped.Hosts, live.Hosts);
        Same(dumped.Datastores, live.Datastores);
        Same(dumped.Networks, live.Networks);
        Same(dumped.Clusters, live.Clusters);
    }

    [Theory]
    [InlineData("-dumptype VirtualMachine", 6, 0, new[] { "host host-", "folder folder-", "resource pool resgroup-", "datastore ", "network dvportgroup-" })]
    [InlineData("-dumproot VirtualMachine:vm-66 -dump1", 1, 0, new[] { "ServiceInstance: the dump does not say which product", "host host-", "folder folder-" })]
    [InlineData("-dumproot ClusterComputeResource:clustercomputeresource-35", 4, 3, new[] { "ServiceInstance: ", "cluster clustercomputeresource-35: the dump does not have it; DC0_C0_H0" })]
    [InlineData("-dumprecurse=false", 0, 0, new[] { "" })]
    [InlineData("-dump1", 0, 0, new[] { "" })]
    public async Task A_part_of_a_server_loads_and_what_it_lacks_is_named(string part, int vms, int hosts, string[] gaps)
    {
        using var server = await GovmomiServer.StartAsync(Cancel, [.. part.Split(' '), "-dump", _folder]);
        var dumped = await OfflineSources.ReadAsync(OfflineSources.Create("dump", SourceKind.Dump, [_folder], TimeProvider.System), TimeProvider.System, Cancel);

        (dumped.Vms.Count, dumped.Hosts.Count).ShouldBe((vms, hosts));
        dumped.Vms.ShouldAllBe(v => v.Disks.Count == 1 && v.MemoryBytes > 0);
        foreach (var gap in gaps)
        {
            dumped.Gaps.ShouldContain(g => g.StartsWith(gap), gap);
        }

        (vms > 0).ShouldNotBe(dumped.Gaps.Any(g => g.EndsWith(": the dump has no virtual machine")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Same<T>(IReadOnlyList<T> dumped, IReadOnlyList<T> live)
    {
        dumped.Count.ShouldBe(live.Count);
        foreach (var (one, other) in dumped.Zip(live))
        {
            JsonSerializer.Serialize(one).ShouldBe(JsonSerializer.Serialize(other));
        }
    }
}
