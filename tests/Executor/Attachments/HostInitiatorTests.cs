using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Migrate.Executor.Attachments;
using Migrate.Executor.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Attachments;

[SupportedOSPlatform("linux")]
public sealed class HostInitiatorTests : IDisposable
{
    private static readonly Guid First = Guid.Parse("9b2fb6f6-0e4e-5c6b-8a21-0c4a7f3c1d01");
    private static readonly Guid Second = Guid.Parse("9b2fb6f6-0e4e-5c6b-8a21-0c4a7f3c1d02");
    private readonly ScriptedKernel _kernel = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private HostInitiator Host => _kernel.Initiator;

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public async Task A_host_without_a_name_gets_one_and_keeps_it()
    {
        var name = await Host.IdentifyAsync(Cancel);

        name.Nqn.ShouldEndWith(name.HostId, Case.Sensitive, "one host has one id");
        (await Host.IdentifyAsync(Cancel)).ShouldBe(name);
        File.ReadAllText(_kernel.At("etc/nvme/hostnqn")).Trim().ShouldBe(name.Nqn);
    }

    [Fact]
    public async Task A_name_that_is_there_is_the_host_s()
    {
        Directory.CreateDirectory(_kernel.At("etc/nvme"));
        await File.WriteAllTextAsync(_kernel.At("etc/nvme/hostnqn"), "nqn.2026-02.org.example:kvm1\n", Cancel);
        await File.WriteAllTextAsync(_kernel.At("etc/nvme/hostid"), ScriptedKernel.Name.HostId + "\n", Cancel);

        (await Host.IdentifyAsync(Cancel)).ShouldBe(new InitiatorName("nqn.2026-02.org.example:kvm1", ScriptedKernel.Name.HostId));

        await File.WriteAllTextAsync(_kernel.At("etc/nvme/hostnqn"), "kvm1\n", Cancel);
        (await Should.ThrowAsync<MigrateException>(() => Host.IdentifyAsync(Cancel))).Code.ShouldBe("host.nqn");

        // nvme gen-hostnqn on a machine whose firmware has no UUID; a target refuses the id.
        await File.WriteAllTextAsync(_kernel.At("etc/nvme/hostnqn"), $"nqn.2014-08.org.nvmexpress:uuid:{Guid.Empty:D}\n", Cancel);
        (await Should.ThrowAsync<MigrateException>(() => Host.IdentifyAsync(Cancel))).Message.ShouldContain("no usable name");
    }

    [Fact]
    public async Task What_a_host_lacks_is_named()
    {
        _kernel.Program("modprobe", "echo 'modprobe: FATAL: Module nvme-tcp not found in directory /lib/modules/6.1' >&2; exit 1");
        Directory.Delete(_kernel.At("sys/module/nvme_tcp"));
        var module = await Should.ThrowAsync<MigrateException>(() => Host.IdentifyAsync(Cancel));
        (module.Code, module.Message).ShouldBe(("host.nvme-tcp", "Namespaces cannot be attached on this machine: its kernel does not load nvme-tcp (modprobe: FATAL: Module nvme-tcp not found in directory /lib/modules/6.1)."));

        _kernel.Program("id", "case $1 in -un) echo operator;; *) echo 1000;; esac");
        var root = await Should.ThrowAsync<MigrateException>(() => Host.IdentifyAsync(Cancel));
        root.Code.ShouldBe("host.not-root");
        root.Message.ShouldContain("the login is operator");
    }

    [Fact]
    public async Task Namespaces_are_attached_once_however_often_that_is_asked_for()
    {
        var bytes = RandomNumberGenerator.GetBytes((2 * Extent.Size) + 4096);
        _kernel.Namespace(First, "nvme0n1", bytes);
        _kernel.Namespace(Second, "nvme0n2", new byte[4096]);

        for (var time = 0; time < 2; time++)
        {
            (await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 4, Cancel)).ShouldBeEmpty();
            (await Host.AwaitAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, [First, Second], Cancel)).ShouldBe([new(First, "nvme0n1", bytes.Length), new(Second, "nvme0n2", 4096)]);
        }

        var call = _kernel.Calls.Where(line => line.StartsWith("connect ", StringComparison.Ordinal)).ShouldHaveSingleItem();
        call.ShouldContain($"--traddr=10.0.4.2 --trsvcid=4420 --nqn={ScriptedKernel.Nqn} --hostnqn={ScriptedKernel.Name.Nqn} --hostid={ScriptedKernel.Name.HostId} --nr-io-queues=4");
        call.ShouldContain("--ctrl-loss-tmo=-1", Case.Sensitive, "a disk of a VM waits for its target");

        var read = await Host.SampleAsync(_kernel.At($"dev/disk/by-id/nvme-uuid.{First:D}"), [0, 2], Cancel);
        read.ShouldBe(new Dictionary<long, string> { [0] = Hash(bytes.AsSpan(0, Extent.Size)), [2] = Hash(bytes.AsSpan(2 * Extent.Size)) }, ignoreOrder: true);
    }

    [Fact]
    public async Task Each_way_that_was_named_is_connected_and_one_that_fails_is_told()
    {
        await File.WriteAllTextAsync(_kernel.At("refuse-10.0.5.2"), "", Cancel);

        var failed = await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(true, "10.0.4.2:4420", "10.0.5.2:4421", "10.0.6.2:4420"), hostCpus: 1, Cancel);

        failed.ShouldBe(["10.0.5.2:4421: Failed to write to /dev/nvme-fabrics: Connection refused"]);
        Directory.GetDirectories(_kernel.At("sys/class/nvme")).Length.ShouldBe(2);
    }

    [Fact]
    public async Task The_first_way_that_leads_to_the_target_is_enough_where_nobody_named_one()
    {
        await File.WriteAllTextAsync(_kernel.At("refuse-10.0.4.2"), "", Cancel);

        await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420", "[fd00::2]:4420", "10.0.6.2:4420"), hostCpus: 1, Cancel);

        File.ReadAllText(Directory.GetDirectories(_kernel.At("sys/class/nvme")).ShouldHaveSingleItem() + "/address").ShouldStartWith("traddr=fd00::2,");
    }

    [Fact]
    public async Task A_target_that_does_not_answer_is_named_and_may_be_back_later()
    {
        await File.WriteAllTextAsync(_kernel.At("refuse-10.0.4.2"), "", Cancel);

        var refused = await Should.ThrowAsync<MigrateException>(() => Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel));

        (refused.Code, refused.IsTransient).ShouldBe(("host.target-unreachable", true));
        refused.Message.ShouldContain("10.0.4.2:4420: Failed to write to /dev/nvme-fabrics: Connection refused.");
    }

    [Fact]
    public async Task A_connection_that_the_kernel_has_lost_is_no_connection()
    {
        await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel);
        await File.WriteAllTextAsync(_kernel.At("sys/class/nvme/nvme0/state"), "connecting\n", Cancel);

        (await Should.ThrowAsync<MigrateException>(() => Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel)))
            .Message.ShouldContain("its controller nvme0 is connecting");
    }

    [Fact]
    public async Task A_namespace_that_does_not_appear_is_named()
    {
        await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel);

        var missing = await Should.ThrowAsync<MigrateException>(() => Host.AwaitAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, [First], Cancel));

        missing.Code.ShouldBe("host.namespace-missing");
        missing.Message.ShouldContain($"/dev/disk/by-id/nvme-uuid.{First:D} (the kernel has no namespace with it)");
        (await Should.ThrowAsync<MigrateException>(() => Host.SampleAsync($"/dev/disk/by-id/nvme-uuid.{First:D}", [0], Cancel))).Code.ShouldBe("host.read-failed");
    }

    [Fact]
    public async Task What_is_in_use_is_told_and_stays_connected_until_it_no_longer_is()
    {
        _kernel.Namespace(First, "nvme0n1", new byte[4096]);
        _kernel.Namespace(Second, "nvme0n2", new byte[4096]);
        await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel);
        _kernel.Open("nvme0n1", "qemu-system-x86");

        (await Host.UsersAsync([First, Second], Cancel)).ShouldBe([$"nvme0n1 ({First:D}): qemu-system-x86 (4711)"]);
        (await Host.DisconnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Cancel)).ShouldBe(["nvme0n1: qemu-system-x86 (4711)"]);
        Directory.GetDirectories(_kernel.At("sys/class/nvme")).ShouldNotBeEmpty();

        _kernel.Close();
        await File.WriteAllTextAsync(_kernel.At("proc/mounts"), "/dev/nvme0n10 /a ext4 rw 0 0\n/dev/nvme0n2p1 /mnt/disk ext4 rw 0 0\n", Cancel);
        (await Host.UsersAsync([First, Second], Cancel)).ShouldBe([$"nvme0n2 ({Second:D}): mount /mnt/disk"]);

        File.Delete(_kernel.At("proc/mounts"));
        (await Host.DisconnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Cancel)).ShouldBeEmpty();
        (await Host.DisconnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Cancel)).ShouldBeEmpty();
        Directory.GetDirectories(_kernel.At("sys/class/nvme")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Connections_of_another_name_or_to_another_target_are_left_alone()
    {
        await Host.ConnectAsync(ScriptedKernel.Name with { Nqn = "nqn.2026-02.org.example:other" }, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel);
        await Host.ConnectAsync(ScriptedKernel.Name, "nqn.2026-02.org.example:storage", Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel);

        await Host.ConnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Ways(false, "10.0.4.2:4420"), hostCpus: 1, Cancel);
        Directory.GetDirectories(_kernel.At("sys/class/nvme")).Length.ShouldBe(3, "the namespaces are granted to this name alone");
        await Host.DisconnectAsync(ScriptedKernel.Name, ScriptedKernel.Nqn, Cancel);

        Directory.GetDirectories(_kernel.At("sys/class/nvme")).Select(Path.GetFileName).ShouldBe(["nvme0", "nvme1"], ignoreOrder: true);
    }

    [Fact]
    public async Task Bridges_that_the_host_does_not_have_are_named() =>
        (await Host.MissingBridgesAsync(["br0", "br1"], Cancel)).ShouldBe(["br1"]);

    private static TargetWays Ways(bool all, params string[] ways) => new([.. ways.Select(IPEndPoint.Parse)], all);

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
