using System.Security.Cryptography;
using Migrate.Target.Admin;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Admin;

public sealed class ResizeTests
{
    private const uint NamespaceNotice = 0x040002;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_namespace_grows_while_it_is_used_and_its_hosts_are_told()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        var data = RandomNumberGenerator.GetBytes(1 << 20);
        Guid uuid;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            var created = await target.CreateAsync(1 << 20);
            uuid = created.Uuid;
            await using var host = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn);
            await (await host.OpenAsync(uuid, Cancel)).WriteAsync(0, data, Cancel);
            using var watching = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
            watching.SetFeature(0x0B, 1u << 8);
            watching.AskForEvent(100);

            (await target.Target.ResizeNamespaceAsync(uuid, 3 << 20, allowDataLoss: false, Cancel)).CapacityBytes.ShouldBe(3 << 20);

            watching.ReceiveCompletion().Result.ShouldBe(NamespaceNotice);
            ReadUInt32LittleEndian(watching.GetLogPage(0x04, 4096).Data).ShouldBe(created.Nsid);
            ReadUInt64LittleEndian(watching.Identify(0, created.Nsid).Data).ShouldBe((3ul << 20) / 512, "NSZE");
            await (await host.OpenAsync(uuid, Cancel)).WriteAsync(2 << 20, data, Cancel);
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            target.Target.FindNamespace(uuid)!.ShouldSatisfyAllConditions(n => n.CapacityBytes.ShouldBe(3 << 20), n => n.Online.ShouldBeTrue());
            await using var host = await target.ConnectAsync();
            var disk = await host.OpenAsync(uuid, Cancel);
            var read = new byte[3 << 20];
            await disk.ReadAsync(0, read, Cancel);
            read.ShouldBe([.. data, .. new byte[1 << 20], .. data]);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Shrinking_needs_an_offline_namespace_and_consent()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(2 << 20);

        await ThrowsAsync("target.shrink-refused", 1 << 20, allowDataLoss: true);
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        await ThrowsAsync("target.shrink-refused", 1 << 20, allowDataLoss: false);
        await ThrowsAsync("target.invalid-namespace", (1 << 20) + 1, allowDataLoss: true);
        await ThrowsAsync("target.no-space", 1L << 60, allowDataLoss: false);
        new FileInfo(created.BackingPath).Length.ShouldBe(2 << 20);
        await target.Target.ResizeNamespaceAsync(created.Uuid, 1 << 20, allowDataLoss: true, Cancel);
        new FileInfo(created.BackingPath).Length.ShouldBe(1 << 20);
        await target.Target.BringOnlineAsync(created.Uuid, Cancel);
        await using var host = await target.ConnectAsync();
        (await host.OpenAsync(created.Uuid, Cancel)).CapacityBytes.ShouldBe(1 << 20);

        async Task ThrowsAsync(string code, long bytes, bool allowDataLoss) => (await Should.ThrowAsync<TargetException>(
            () => target.Target.ResizeNamespaceAsync(created.Uuid, bytes, allowDataLoss, Cancel))).Code.ShouldBe(code);
    }

    [Theory]
    [InlineData(1 << 20)] // the crash came before the file was changed
    [InlineData(4 << 20)] // and after
    public async Task A_crash_in_the_middle_of_a_resize_leaves_a_namespace_that_comes_up_with_its_new_size(long length)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        NamespaceInfo created;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            created = await target.CreateAsync(1 << 20);
        }

        var records = Path.Combine(directory, "namespaces.json");
        var text = await File.ReadAllTextAsync(records, Cancel);
        text.ShouldContain("\"capacityBytes\": 1048576");
        await File.WriteAllTextAsync(records, text.Replace("\"capacityBytes\": 1048576", "\"capacityBytes\": 1048576, \"resizingTo\": 4194304", StringComparison.Ordinal), Cancel);
        await using (var file = new FileStream(created.BackingPath, FileMode.Open))
        {
            file.SetLength(length);
        }

        for (var start = 0; start < 2; start++)
        {
            await using var target = await RunningTarget.StartAsync(directory);
            target.Target.FindNamespace(created.Uuid)!.ShouldSatisfyAllConditions(
                n => n.Problem.ShouldBeNull(), n => n.Online.ShouldBeTrue(), n => n.CapacityBytes.ShouldBe(4 << 20));
            await using var host = await target.ConnectAsync();
            await (await host.OpenAsync(created.Uuid, Cancel)).WriteAsync((4 << 20) - 512, new byte[512], Cancel);
        }

        Directory.Delete(directory, recursive: true);
    }
}
