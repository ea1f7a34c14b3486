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
    [InlineData("-esx", "-vm", "2")]
    public async Task A_dump_tells_the_same_as_the_server_that_it_is_of(params string[] arguments)
    {
        using var server = await GovmomiServer.StartAsync(Cancel, [.. arguments, "-dump", _folder]);
        await using var session = await VSphereSession.OpenAsync(new VSphereEndpoint(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256), TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var live = await session.ReadInventoryAsync(Cancel);
        var dumped = await OfflineSources.ReadAsync(OfflineSources.Create("dump", SourceKind.Dump, [_folder], TimeProvider.System), TimeProvider.System, Cancel);

        dumped.About.ShouldBe(live.About);
        dumped.Vms.Count.ShouldBeGreaterThan(1);
        Same(dumped.Vms, live.Vms);
        Same(dumped.Hosts, live.Hosts);
        Same(dumped.Datastores, live.Datastores);
        Same(dumped.Networks, live.Networks);
        Same(dumped.Clusters, live.Clusters);
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
