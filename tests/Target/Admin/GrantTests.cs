using Migrate.Target.Admin;
using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Admin;

/// <summary>The fence: after a grant returns, not a byte of another host reaches the namespace.</summary>
public sealed class GrantTests
{
    private const int Size = 4 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_that_slept_cannot_take_the_namespace_back_even_after_a_restart()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-grant-").FullName;
        Guid uuid;
        await using (var target = await StartAsync(directory))
        {
            uuid = (await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Size), Cancel)).Uuid;
            await target.GrantAsync(uuid, RunningTarget.HostNqn, 3, Cancel);
            await target.GrantAsync(uuid, RunningTarget.HostNqn, 3, Cancel); // asking again changes nothing
            (await StaleAsync(target, uuid, RunningTarget.OtherHostNqn, 3)).Message.ShouldContain("epoch 3");
            await target.GrantAsync(uuid, RunningTarget.OtherHostNqn, 4, Cancel);
            await StaleAsync(target, uuid, RunningTarget.HostNqn, 3);
        }

        await using (var again = await StartAsync(directory))
        {
            await StaleAsync(again, uuid, RunningTarget.HostNqn, 3);
            again.FindNamespace(uuid)!.GrantedHostNqn.ShouldBe(RunningTarget.OtherHostNqn);
            await again.GrantAsync(uuid, null, Cancel); // an operator's word, after a restored database
            await again.GrantAsync(uuid, RunningTarget.HostNqn, 1, Cancel);
        }

        Directory.Delete(directory, recursive: true);
    }

    private static async Task<TargetException> StaleAsync(NvmeTarget target, Guid uuid, string hostNqn, long epoch)
    {
        var refused = await Should.ThrowAsync<TargetException>(() => target.GrantAsync(uuid, hostNqn, epoch, Cancel));
        refused.Code.ShouldBe("target.epoch-stale");
        return refused;
    }

    private static Task<NvmeTarget> StartAsync(string directory) => NvmeTarget.StartAsync(
        new TargetOptions { Directory = directory, Port = 0 }, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, Cancel);

    [Fact]
    public async Task Writes_in_flight_of_the_old_host_are_over_when_the_grant_returns()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(Size);
        await using var oldHost = await target.ConnectAsync();
        await using var newHost = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn);
        var oldDisk = await oldHost.OpenAsync(created.Uuid, Cancel);
        var newDisk = await newHost.OpenAsync(created.Uuid, Cancel);
        for (var round = 0; round < 5; round++)
        {
            await target.Target.GrantAsync(created.Uuid, RunningTarget.HostNqn, Cancel);
            await oldDisk.WriteAsync(0, new byte[512], Cancel);
            (await Should.ThrowAsync<NvmeException>(async () => await newDisk.ReadAsync(0, new byte[512], Cancel))).StatusCode.ShouldBe(0x83);

            // Many writes of the old host, short and long, all the time.
            var stop = false;
            var writers = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
            {
                var data = Enumerable.Repeat((byte)0xAA, i % 2 == 0 ? 4096 : 64 * 1024).ToArray();
                while (!Volatile.Read(ref stop))
                {
                    try
                    {
                        await oldDisk.WriteAsync(i * 256L * 1024, data, Cancel);
                    }
                    catch (NvmeException e) when (e.StatusCode == 0x83)
                    {
                        // Fenced: it goes on trying, as an overtaken worker would.
                    }
                }
            }, Cancel)).ToList();
            await Task.Delay(50, Cancel);
            await target.Target.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, Cancel);
            var ours = Enumerable.Repeat((byte)0xBB, Size).ToArray();
            await newDisk.WriteAsync(0, ours, Cancel);
            await Task.Delay(50, Cancel);
            var read = new byte[Size];
            await newDisk.ReadAsync(0, read, Cancel);
            Volatile.Write(ref stop, true);
            await Task.WhenAll(writers);

            read.AsSpan().ContainsAnyExcept((byte)0xBB).ShouldBeFalse($"round {round}");
        }

        await target.Target.GrantAsync(created.Uuid, null, Cancel);
        await oldDisk.WriteAsync(0, new byte[512], Cancel);
        await newDisk.WriteAsync(0, new byte[512], Cancel);
    }

    [Fact]
    public async Task A_write_that_waits_for_its_data_neither_holds_the_grant_up_nor_gets_through_after_it()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;
        var entry = ScriptedHost.Entry(NvmOpcode.Write, 5, created.Nsid, SglDescriptor.Transport, 32768);
        entry[48] = 63;
        io.SendCapsule(entry, default);
        var r2t = R2T.Read(io.Receive());
        io.Send(io.Data(new H2CData(5, r2t.TransferTag, 0, 16384), Enumerable.Repeat((byte)1, 16384).ToArray(), last: false));

        await target.Target.GrantAsync(created.Uuid, RunningTarget.OtherHostNqn, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        io.Send(io.Data(new H2CData(5, r2t.TransferTag, 16384, 16384), Enumerable.Repeat((byte)1, 16384).ToArray(), last: true));

        io.ReceiveCompletion().Status.ShouldBe((ushort)(NvmeStatus.ReservationConflict | NvmeStatus.DoNotRetry));
        await using var newHost = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn);
        var disk = await newHost.OpenAsync(created.Uuid, Cancel);
        var read = new byte[16384];
        await disk.ReadAsync(16384, read, Cancel);
        read.AsSpan().ContainsAnyExcept((byte)0).ShouldBeFalse();
    }

    [Fact]
    public async Task A_write_that_began_before_the_namespace_was_away_does_not_go_on_when_it_is_back()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;
        var entry = ScriptedHost.Entry(NvmOpcode.Write, 5, created.Nsid, SglDescriptor.Transport, 32768);
        entry[48] = 63;
        io.SendCapsule(entry, default);
        var r2t = R2T.Read(io.Receive());

        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        var ofTheDomain = Enumerable.Repeat((byte)2, 1 << 20).ToArray();
        await File.WriteAllBytesAsync(created.BackingPath, ofTheDomain, Cancel);
        await target.Target.BringOnlineAsync(created.Uuid, Cancel);
        io.Send(io.Data(new H2CData(5, r2t.TransferTag, 0, 32768), Enumerable.Repeat((byte)1, 32768).ToArray(), last: true));

        io.ReceiveCompletion().Status.ShouldBe((ushort)(NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry));
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        (await File.ReadAllBytesAsync(created.BackingPath, Cancel)).AsSpan().SequenceEqual(ofTheDomain).ShouldBeTrue();
        io.SendCapsule(entry, default);
        io.ReceiveCompletion().Status.ShouldBe((ushort)(NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry), "no R2T for data that nobody takes");
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_write_leaves_the_target_and_the_other_hosts_well()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        var before = Enumerable.Repeat((byte)7, 1 << 20).ToArray();
        await disk.WriteAsync(0, before, Cancel);
        foreach (var cutInsidePdu in new[] { true, false })
        {
            var (admin, io) = ScriptedHost.OpenIoQueue(target);
            var entry = ScriptedHost.Entry(NvmOpcode.Write, 5, created.Nsid, SglDescriptor.Transport, 32768);
            entry[48] = 63;
            io.SendCapsule(entry, default);
            var r2t = R2T.Read(io.Receive());
            var pdu = io.Data(new H2CData(5, r2t.TransferTag, 0, 16384), Enumerable.Repeat((byte)9, 16384).ToArray(), last: false);
            io.Send(cutInsidePdu ? pdu.AsSpan(0, 1000) : pdu);
            io.Dispose();
            admin.Dispose();
        }

        var read = new byte[1 << 20];
        await disk.ReadAsync(0, read, Cancel);
        read.AsSpan(16384).SequenceEqual(before.AsSpan(16384)).ShouldBeTrue("only what was sent may have changed");
        await target.Target.GrantAsync(created.Uuid, null, Cancel);
        await disk.WriteAsync(0, before, Cancel);
    }
}
