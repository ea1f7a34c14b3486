using Migrate.Target.Admin;
using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Tests.Admin;

/// <summary>Several subsystems in one target: who may use which, and what happens to who may no longer.</summary>
public sealed class SubsystemTests
{
    private const string Other = "nqn.2026-01.org.migrate:other";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subsystems_have_namespaces_of_their_own_under_the_same_numbers()
    {
        await using var target = await RunningTarget.StartAsync();
        await target.Target.PutSubsystemAsync(new SubsystemSpec(Other) { AllowAnyHost = true }, Cancel);
        var first = await target.CreateAsync(1 << 20);
        var second = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 2 << 20) { SubsystemNqn = Other }, Cancel);
        second.Nsid.ShouldBe(first.Nsid);

        await using var host = await target.ConnectAsync();
        await using var otherHost = await target.ConnectAsync(o => o with { SubsystemNqn = Other });
        var disk = await host.OpenAsync(first.Uuid, Cancel);
        var otherDisk = await otherHost.OpenAsync(second.Uuid, Cancel);
        (disk.CapacityBytes, otherDisk.CapacityBytes).ShouldBe((1 << 20, 2 << 20));
        await disk.WriteAsync(0, Enumerable.Repeat((byte)1, 512).ToArray(), Cancel);
        var read = new byte[512];
        await otherDisk.ReadAsync(0, read, Cancel);
        read.ShouldAllBe(b => b == 0);
        await Should.ThrowAsync<NvmeException>(() => host.OpenAsync(second.Uuid, Cancel));
    }

    [Fact]
    public async Task A_host_that_is_not_on_the_list_is_refused_for_good_and_one_that_is_taken_off_has_no_access_any_more()
    {
        await using var target = await RunningTarget.StartAsync();
        await target.Target.PutSubsystemAsync(new SubsystemSpec(Other) { AllowedHosts = [RunningTarget.HostNqn] }, Cancel);
        var created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 1 << 20) { SubsystemNqn = Other }, Cancel);
        await using var host = await target.ConnectAsync(o => o with { SubsystemNqn = Other });
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        Connect(RunningTarget.OtherHostNqn).ShouldBe(NvmeStatus.ConnectInvalidHost | NvmeStatus.DoNotRetry);

        await target.Target.AllowHostAsync(Other, RunningTarget.OtherHostNqn, Cancel);
        Connect(RunningTarget.OtherHostNqn).ShouldBe(NvmeStatus.Success);
        await target.Target.DisallowHostAsync(Other, RunningTarget.OtherHostNqn, Cancel);
        await disk.WriteAsync(0, new byte[512], Cancel);

        var writing = WriteUntilLostAsync(disk);
        await target.Target.DisallowHostAsync(Other, RunningTarget.HostNqn, Cancel);
        target.Target.FindSubsystem(Other)!.Controllers.ShouldBe(0);
        (await writing.WaitAsync(TimeSpan.FromSeconds(60), Cancel)).IsConnectionLost.ShouldBeTrue();
        Connect(RunningTarget.HostNqn).ShouldBe(NvmeStatus.ConnectInvalidHost | NvmeStatus.DoNotRetry);

        int Connect(string hostNqn)
        {
            using var asking = new ScriptedHost(target.Target.EndPoint);
            asking.Initialize();
            return asking.Connect(Other, hostNqn: hostNqn).Status;
        }
    }

    [Fact]
    public async Task A_host_id_belongs_to_one_host()
    {
        await using var target = await RunningTarget.StartAsync();
        using var host = ScriptedHost.OpenAdmin(target.Target.EndPoint, target.Target.SubsystemNqn);
        using var impostor = new ScriptedHost(target.Target.EndPoint);
        impostor.Initialize();

        var refused = impostor.Connect(target.Target.SubsystemNqn, hostNqn: RunningTarget.OtherHostNqn, hostId: Guid.Parse(RunningTarget.HostNqn[^36..]));

        refused.Status.ShouldBe((ushort)(NvmeStatus.ConnectInvalidParameters | NvmeStatus.DoNotRetry));
        refused.Result.ShouldBe((1ul << 16) | ConnectData.HostIdAt);
    }

    [Fact]
    public async Task Subsystems_hosts_and_states_survive_a_restart_and_asking_again_for_the_same_changes_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        var spec = new SubsystemSpec(Other) { AllowedHosts = [RunningTarget.HostNqn, RunningTarget.OtherHostNqn], Ports = [1], SerialNumber = "SN-4711" };
        string before;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            await target.Target.PutSubsystemAsync(spec, Cancel);
            await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 1 << 20) { SubsystemNqn = Other, Nsid = 17, AnaGroup = 3 }, Cancel);
            await target.Target.SetAnaStateAsync(Other, 1, 3, AnaState.NonOptimized, Cancel);
            await target.Target.DrainHostAsync(RunningTarget.OtherHostNqn, TimeSpan.FromSeconds(1), Cancel);
            before = Describe(target.Target);
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            Describe(target.Target).ShouldBe(before);
            var found = target.Target.FindSubsystem(Other)!;
            (found.SerialNumber, found.AllowedHosts.Count, found.AllowAnyHost).ShouldBe(("SN-4711", 2, false));
            found.AnaStates.ShouldBe([new AnaInfo(1, 3, AnaState.NonOptimized)]);
            target.Target.ListNamespaces().ShouldHaveSingleItem().Nsid.ShouldBe(17u);
            target.Target.ListHosts().Single(h => h.Nqn == RunningTarget.OtherHostNqn).Drained.ShouldBeTrue();
            await target.Target.PutSubsystemAsync(spec, Cancel);
            Describe(target.Target).ShouldBe(before);
        }

        Directory.Delete(directory, recursive: true);

        static string Describe(NvmeTarget target) => System.Text.Json.JsonSerializer.Serialize(target.ListSubsystems()) +
            System.Text.Json.JsonSerializer.Serialize(target.ListNamespaces().Select(n => (n.SubsystemNqn, n.Nsid, n.Uuid, n.AnaGroup, n.Online))) +
            System.Text.Json.JsonSerializer.Serialize(target.ListHosts());
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_everything_that_is_wrong_and_leaves_nothing()
    {
        await using var target = await RunningTarget.StartAsync();

        var error = await Should.ThrowAsync<TargetException>(() => target.Target.PutSubsystemAsync(
            new SubsystemSpec("subsystem") { AllowedHosts = ["host"], Ports = [99], SerialNumber = "ümlaut" }, Cancel));

        error.Code.ShouldBe("target.invalid-subsystem");
        foreach (var wrong in new[] { "\"subsystem\"", "\"host\"", "port 99", "ümlaut" })
        {
            error.Message.ShouldContain(wrong);
        }

        await ThrowsAsync("target.invalid-subsystem", () => target.Target.PutSubsystemAsync(new SubsystemSpec(Nqn.Discovery), Cancel));
        await ThrowsAsync("target.default-subsystem", () => target.Target.DeleteSubsystemAsync(target.Target.SubsystemNqn, Cancel));
        await ThrowsAsync("target.no-such-subsystem", () => target.Target.AllowHostAsync(Other, RunningTarget.HostNqn, Cancel));
        await ThrowsAsync("target.no-such-subsystem", () => target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 512) { SubsystemNqn = Other }, Cancel));
        await target.Target.PutSubsystemAsync(new SubsystemSpec(Other), Cancel);
        await ThrowsAsync("target.subsystem-differs", () => target.Target.PutSubsystemAsync(new SubsystemSpec(Other) { SerialNumber = "another" }, Cancel));
        var created = await target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 1 << 20) { SubsystemNqn = Other }, Cancel);
        await ThrowsAsync("target.nsid-taken", () => target.Target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), 512) { SubsystemNqn = Other, Nsid = created.Nsid }, Cancel));
        await ThrowsAsync("target.namespace-differs", () => target.CreateAsync(1 << 20, created.Uuid));
        await ThrowsAsync("target.subsystem-not-empty", () => target.Target.DeleteSubsystemAsync(Other, Cancel));
        await target.Target.DeleteNamespaceAsync(created.Uuid, deleteBacking: true, Cancel);
        await target.Target.DeleteSubsystemAsync(Other, Cancel);
        await target.Target.DeleteSubsystemAsync(Other, Cancel);
        target.Target.ListSubsystems().ShouldHaveSingleItem().Nqn.ShouldBe(target.Target.SubsystemNqn);
    }

    private static async Task ThrowsAsync(string code, Func<Task> action) => (await Should.ThrowAsync<TargetException>(action)).Code.ShouldBe(code);

    private static async Task<NvmeException> WriteUntilLostAsync(NvmeDisk disk)
    {
        while (true)
        {
            try
            {
                await disk.WriteAsync(0, new byte[4096], Cancel);
            }
            catch (NvmeException e)
            {
                return e;
            }
        }
    }
}
