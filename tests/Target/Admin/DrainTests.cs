using Migrate.Target.Protocol;
using Migrate.Target.Statistics;

namespace Migrate.Target.Tests.Admin;

/// <summary>Draining a host: what it has begun ends well, what it begins later waits, and nobody tells it to give up.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drained_hosts_write_ends_then_its_connections_and_it_comes_back_when_it_is_resumed()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        await using var bystander = await target.ConnectAsync(hostNqn: RunningTarget.OtherHostNqn);
        var bystandersDisk = await bystander.OpenAsync(created.Uuid, Cancel);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;
        var data = Enumerable.Repeat((byte)5, 32768).ToArray();
        io.SendCapsule(Write(5, created.Nsid), default);
        var r2t = R2T.Read(io.Receive());

        var draining = target.Target.DrainHostAsync(RunningTarget.HostNqn, Patience, Cancel);
        await Task.Delay(200, Cancel);
        draining.IsCompleted.ShouldBeFalse("a write waits for its data");
        Refusal(target).ShouldBe(NvmeStatus.ConnectControllerBusy, "without \"do not retry\"");
        io.SendCapsule(Write(6, created.Nsid), default); // too late: not begun, not answered
        io.Send(io.Data(new H2CData(5, r2t.TransferTag, 0, 32768), data, last: true));

        var completion = io.ReceiveCompletion();
        (completion.CommandId, completion.Status).ShouldBe(((ushort)5, NvmeStatus.Success));
        Should.Throw<ShouldAssertException>(io.Receive).Message.ShouldContain("closed");
        (await draining.WaitAsync(Patience, Cancel)).ShouldBeTrue();
        admin.WaitForEnd().ShouldBeTrue();
        target.Target.ListHosts().Single(h => h.Nqn == RunningTarget.HostNqn).ShouldSatisfyAllConditions(
            h => h.Drained.ShouldBeTrue(), h => h.Controllers.ShouldBeEmpty());
        await bystandersDisk.WriteAsync(1 << 19, new byte[512], Cancel);

        await target.Target.ResumeHostAsync(RunningTarget.HostNqn, Cancel);
        await using var back = await target.ConnectAsync();
        var read = new byte[32768];
        await (await back.OpenAsync(created.Uuid, Cancel)).ReadAsync(0, read, Cancel);
        read.ShouldBe(data);
    }

    [Fact]
    public async Task Answers_that_a_drained_host_has_not_taken_yet_all_reach_it()
    {
        const int reads = 30;
        const int length = 256 * 1024;
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;
        for (ushort i = 0; i < reads; i++)
        {
            var entry = ScriptedHost.Entry(NvmOpcode.Read, i, created.Nsid, length: length);
            entry[49] = (length / 512 - 1) >> 8;
            entry[48] = 0xFF;
            io.SendCapsule(entry, default);
        }

        for (var tries = 0; tries < 1000 && target.Target.ReadStatistics().Namespaces.GetValueOrDefault(created.Uuid)?.Bytes(CommandClass.Read) is not >= 2 * length; tries++)
        {
            await Task.Delay(20, Cancel);
        }

        await Task.Delay(500, Cancel); // the target has sent what the sockets take
        var draining = target.Target.DrainHostAsync(RunningTarget.HostNqn, Patience, Cancel);
        await Task.Delay(200, Cancel);

        var received = io.ReceiveToEnd();
        received.Length.ShouldBeGreaterThan(length);
        for (var at = 0; at < received.Length;)
        {
            at += PduHeader.Read(received.AsSpan(at)).Length;
            at.ShouldBeLessThanOrEqualTo(received.Length, "the last answer is whole");
        }

        await draining.WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task A_host_that_never_ends_its_command_is_cut_when_patience_is_over()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        var (admin, io) = ScriptedHost.OpenIoQueue(target);
        using var adminGuard = admin;
        using var ioGuard = io;
        io.SendCapsule(Write(5, created.Nsid), default);
        io.Receive();

        (await target.Target.DrainHostAsync(RunningTarget.HostNqn, TimeSpan.FromMilliseconds(100), Cancel).WaitAsync(Patience, Cancel)).ShouldBeFalse();

        io.WaitForEnd().ShouldBeTrue();
        admin.WaitForEnd().ShouldBeTrue();
    }

    [Fact]
    public async Task An_idle_host_is_drained_at_once_and_stays_so_over_a_restart()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            await using var host = await target.ConnectAsync();
            (await target.Target.DrainHostAsync(RunningTarget.HostNqn, Patience, Cancel).WaitAsync(Patience, Cancel)).ShouldBeTrue();
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            Refusal(target).ShouldBe(NvmeStatus.ConnectControllerBusy);
            await target.Target.ResumeHostAsync(RunningTarget.HostNqn, Cancel);
            Refusal(target).ShouldBe(NvmeStatus.Success);
            target.Target.ListHosts().ShouldAllBe(h => !h.Drained);
        }

        Directory.Delete(directory, recursive: true);
    }

    private static int Refusal(RunningTarget target)
    {
        using var host = new ScriptedHost(target.Target.EndPoint);
        host.Initialize();
        return host.Connect(target.Target.SubsystemNqn).Status;
    }

    private static byte[] Write(ushort commandId, uint nsid)
    {
        var entry = ScriptedHost.Entry(NvmOpcode.Write, commandId, nsid, SglDescriptor.Transport, 32768);
        entry[48] = 63;
        return entry;
    }
}
