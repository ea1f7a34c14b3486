using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Host;
using Migrate.Target.Statistics;

namespace Migrate.Target.Tests.Host;

/// <summary>A host in the target's process goes past the connections, but not past what the target has decided about the host.</summary>
public sealed class LocalPathTests
{
    private const int Size = 8 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_past_the_connections_is_what_others_read_and_is_counted()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Size);
        await using var host = await target.ConnectAsync(o => o with { Local = target.Target });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var written = RandomNumberGenerator.GetBytes(1 << 20);
        await disk.WriteAsync(512, written, Cancel);
        await disk.FlushAsync(Cancel);
        var back = new byte[written.Length];
        await disk.ReadAsync(512, back, Cancel);
        back.ShouldBe(written);

        // As long as the storage is in memory nothing had to wait, so each was four commands of 256 KiB, and none of them was received.
        var totals = target.Target.ReadStatistics().Hosts[RunningTarget.HostNqn];
        (totals.Bytes(CommandClass.Write), totals.Bytes(CommandClass.Read), totals.Commands(CommandClass.Flush)).ShouldBe((written.Length, written.Length, 1));
        await using var other = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn);
        var seen = new byte[written.Length];
        await (await other.OpenAsync(created.Uuid, Cancel)).ReadAsync(512, seen, Cancel);
        seen.ShouldBe(written);
    }

    [Fact]
    public async Task A_host_that_lost_its_grant_can_neither_write_nor_read()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Size);
        await target.Target.GrantAsync(created.Uuid, RunningTarget.HostNqn, 1, Cancel);
        await using var host = await target.ConnectAsync(o => o with { Local = target.Target });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, Filled(1), Cancel);

        await target.Target.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, 2, Cancel);

        await RefusedAsync(disk, 0, 0x83);
        (await ReadByAsync(target, created, RunningTarget.OtherHostNqn)).ShouldBe(Filled(1));
    }

    [Fact]
    public async Task A_namespace_that_is_off_line_or_not_accessible_by_the_port_is_neither_written_nor_read()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Size);
        await using var host = await target.ConnectAsync(o => o with { Local = target.Target });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, Filled(1), Cancel);

        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 1, AnaState.Inaccessible, Cancel);
        await RefusedAsync(disk, 3, 0x02);
        await target.Target.SetAnaStateAsync(target.Target.SubsystemNqn, 1, 1, AnaState.Optimized, Cancel);
        await disk.WriteAsync(0, Filled(3), Cancel);

        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        await RefusedAsync(disk, 0, 0x0B);
        (await File.ReadAllBytesAsync(created.BackingPath, Cancel)).AsSpan(0, 4096).ToArray().ShouldBe(Filled(3));
        await target.Target.BringOnlineAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, Filled(4), Cancel);
        (await ReadByAsync(target, created, RunningTarget.OtherHostNqn)).ShouldBe(Filled(4));
    }

    [Fact]
    public async Task A_host_whose_connections_the_target_has_ended_has_no_short_way_either()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Size);
        await using var host = await target.ConnectAsync(o => o with { Local = target.Target });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, Filled(1), Cancel);

        await target.Target.PutSubsystemAsync(new SubsystemSpec(target.Target.SubsystemNqn) { AllowAnyHost = false }, Cancel);

        await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, Filled(2), Cancel));
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        (await File.ReadAllBytesAsync(created.BackingPath, Cancel)).AsSpan(0, 4096).ToArray().ShouldBe(Filled(1));
    }

    [Fact]
    public async Task While_many_write_a_grant_to_another_host_lets_nothing_through_that_comes_later()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Size);
        await target.Target.GrantAsync(created.Uuid, RunningTarget.HostNqn, 1, Cancel);
        await using var host = await target.ConnectAsync(o => o with { Local = target.Target });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var writers = Enumerable.Range(1, 4).Select(n => Task.Run(async () =>
        {
            for (var round = 0; ; round++)
            {
                await disk.WriteAsync(round % 8 * (1L << 20), Filled((byte)n, 1 << 20), Cancel);
            }
        }, Cancel)).ToList();
        await Task.Delay(100, Cancel);

        await target.Target.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, 2, Cancel);
        // Whoever has the grant now sees its own writes only.
        await using var other = await target.ConnectAsync(o => o with { Local = target.Target }, RunningTarget.OtherHostNqn);
        var theirs = await other.OpenAsync(created.Uuid, Cancel);
        await theirs.WriteAsync(0, Filled(0xEE, Size), Cancel);
        foreach (var writer in writers)
        {
            await Should.ThrowAsync<NvmeException>(() => writer);
        }

        var all = new byte[Size];
        await theirs.ReadAsync(0, all, Cancel);
        all.AsSpan().IndexOfAnyExcept((byte)0xEE).ShouldBe(-1);
    }

    [Fact]
    public async Task It_tells_where_storage_keeps_data_and_without_the_target_at_hand_that_it_is_everywhere()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(16L << 30);
        await using var host = await target.ConnectAsync(o => o with { Local = target.Target });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        disk.FindData().ShouldBeEmpty();
        await disk.WriteAsync(3L << 30, Filled(1, 1 << 20), Cancel);
        await disk.WriteAsync((16L << 30) - 4096, Filled(1), Cancel);
        await disk.FlushAsync(Cancel);

        var found = disk.FindData().ToList();
        // File systems keep whole blocks, perhaps large ones.
        found.Count.ShouldBe(2);
        found[0].Offset.ShouldBeInRange((3L << 30) - (2 << 20), 3L << 30);
        (found[0].Offset + found[0].Length).ShouldBeInRange((3L << 30) + (1 << 20), (3L << 30) + (4 << 20));
        (found[1].Offset + found[1].Length).ShouldBe(16L << 30);

        await using var elsewhere = await target.ConnectAsync();
        (await elsewhere.OpenAsync(created.Uuid, Cancel)).FindData().ShouldBe([(0, 16L << 30)]);
    }

    private static async Task RefusedAsync(NvmeDisk disk, int type, int code)
    {
        var write = await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, Filled(9), Cancel));
        (write.StatusCodeType, write.StatusCode).ShouldBe((type, code));
        var read = await Should.ThrowAsync<NvmeException>(async () => await disk.ReadAsync(0, new byte[4096], Cancel));
        (read.StatusCodeType, read.StatusCode).ShouldBe((type, code));
    }

    private static async Task<byte[]> ReadByAsync(RunningTarget target, NamespaceInfo created, string hostNqn)
    {
        await using var host = await target.ConnectAsync(hostNqn: hostNqn);
        var buffer = new byte[4096];
        await (await host.OpenAsync(created.Uuid, Cancel)).ReadAsync(0, buffer, Cancel);
        return buffer;
    }

    private static byte[] Filled(byte value, int length = 4096)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
