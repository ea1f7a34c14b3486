using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.Target.Tests.AdminApi;

/// <summary>What a namespace keeps, as whoever reads it from elsewhere is told.</summary>
[SupportedOSPlatform("linux")]
public sealed class DataMapTests : IDisposable
{
    private const int Block = 4096;

    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-map-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>More runs than one answer holds, with holes between them and at both ends.</summary>
    [Fact]
    public async Task The_runs_are_those_that_qemu_img_finds()
    {
        await using var target = await RunningTarget.StartAsync(change: x => x with { Directory = Path.Combine(_directory, "target") });
        await using var server = await AdminServer.StartAsync(new AdminApiOptions { Socket = Path.Combine(_directory, "s") }, target.Target, NullLoggerFactory.Instance, Cancel);
        using var client = TargetClient.OverSocket(Path.Combine(_directory, "s"));
        var one = await target.CreateAsync(64 << 20);
        await using (var host = await target.ConnectAsync())
        {
            var disk = await host.OpenAsync(one.Uuid, Cancel);
            var data = new byte[Block];
            data.AsSpan().Fill(7);
            for (var i = 1; i <= 5000; i++)
            {
                await disk.WriteAsync(2L * i * Block, data, Cancel);
            }

            await disk.WriteAsync(48 << 20, new byte[1 << 20].Select(_ => (byte)9).ToArray(), Cancel);
            await disk.FlushAsync(Cancel);
        }

        var (found, answers) = (new List<DataRun>(), 0);
        for (var from = 0L; from < one.CapacityBytes; answers++)
        {
            var map = await client.FindDataAsync(one.Uuid, from, Cancel);
            map.Next.ShouldBeGreaterThan(from);
            found.AddRange(map.Runs);
            from = map.Next;
        }

        answers.ShouldBe(2);
        found.Count.ShouldBe(5001);
        await target.Target.TakeOfflineAsync(one.Uuid, Cancel); // Or it is locked.
        found.ShouldBe(await ByQemuAsync(one.BackingPath));
    }

    [Fact]
    public async Task Of_a_namespace_that_is_offline_and_of_bytes_that_are_none_nothing_is_said()
    {
        await using var target = await RunningTarget.StartAsync(change: x => x with { Directory = Path.Combine(_directory, "target") });
        var one = await target.CreateAsync(1 << 20);
        target.Target.FindData(one.Uuid, 0).Runs.ShouldBeEmpty();
        Should.Throw<TargetException>(() => target.Target.FindData(one.Uuid, (1 << 20) + 1)).Code.ShouldBe("target.invalid-offset");

        await target.Target.TakeOfflineAsync(one.Uuid, Cancel);

        Should.Throw<TargetException>(() => target.Target.FindData(one.Uuid, 0)).Code.ShouldBe("target.namespace-offline");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<IReadOnlyList<DataRun>> ByQemuAsync(string path)
    {
        using var map = JsonDocument.Parse(await Programs.OutputOfAsync("qemu-img", "map", "-f", "raw", "--output=json", path));
        return [.. map.RootElement.EnumerateArray().Where(x => x.GetProperty("data").GetBoolean()).Select(x => new DataRun(x.GetProperty("start").GetInt64(), x.GetProperty("length").GetInt64()))];
    }
}
