using System.Security.Cryptography;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Target.Tests.Admin;

public sealed class NvmeTargetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_restart_brings_back_number_identity_grant_and_data()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        var written = RandomNumberGenerator.GetBytes(1 << 20);
        NamespaceInfo gone, kept, offline;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            gone = await target.CreateAsync(1 << 20);
            kept = await target.CreateAsync(4 << 20);
            offline = await target.CreateAsync(1 << 20);
            await using var host = await target.ConnectAsync();
            var disk = await host.OpenAsync(kept.Uuid, Cancel);
            await disk.WriteAsync(0, written, Cancel);
            await target.Target.GrantAsync(kept.Uuid, RunningTarget.HostNqn, Cancel);
            await target.Target.DeleteNamespaceAsync(gone.Uuid, deleteBacking: true, Cancel);
            await target.Target.TakeOfflineAsync(offline.Uuid, Cancel);
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            target.Target.ListNamespaces().Select(n => (n.Nsid, n.Uuid, n.Online)).ShouldBe(
                [(kept.Nsid, kept.Uuid, true), (offline.Nsid, offline.Uuid, false)]);
            target.Target.FindNamespace(kept.Uuid)!.GrantedHostNqn.ShouldBe(RunningTarget.HostNqn);
            File.Exists(gone.BackingPath).ShouldBeFalse();
            await using var host = await target.ConnectAsync();
            var disk = await host.OpenAsync(kept.Uuid, Cancel);
            var read = new byte[written.Length];
            await disk.ReadAsync(0, read, Cancel);
            read.ShouldBe(written);
            (await target.CreateAsync(1 << 20)).Nsid.ShouldBe(offline.Nsid + 1, "numbers of deleted namespaces are not used again at once");
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_deletion_that_a_crash_broke_off_is_finished_by_deleting_again()
    {
        var directory = Directory.CreateTempSubdirectory().FullName;
        NamespaceInfo half;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            half = await target.CreateAsync(1 << 20);
            await target.Target.TakeOfflineAsync(half.Uuid, Cancel);
            File.Delete(half.BackingPath); // As far as a deletion gets that is killed before its last write.
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            target.Target.ListNamespaces().ShouldHaveSingleItem().Uuid.ShouldBe(half.Uuid);
            await target.Target.DeleteNamespaceAsync(half.Uuid, deleteBacking: true, Cancel);
            target.Target.ListNamespaces().ShouldBeEmpty();
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Creating_again_returns_the_namespace_and_another_size_is_refused()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);

        (await target.CreateAsync(1 << 20, created.Uuid)).Nsid.ShouldBe(created.Nsid);
        (await Should.ThrowAsync<TargetException>(() => target.CreateAsync(2 << 20, created.Uuid))).Code.ShouldBe("target.namespace-differs");
    }

    [Theory]
    [InlineData(0, 512)]
    [InlineData(-512, 512)]
    [InlineData(1000, 512)]
    [InlineData(512, 4096)]
    [InlineData(1024, 1024)]
    public async Task A_wrong_specification_is_refused_and_leaves_nothing(long bytes, int blockSize)
    {
        await using var target = await RunningTarget.StartAsync();

        (await Should.ThrowAsync<TargetException>(() => target.CreateAsync(bytes, blockSize: blockSize))).Code.ShouldBe("target.invalid-namespace");

        target.Target.ListNamespaces().ShouldBeEmpty();
        Directory.GetFiles(target.Target.Directory, "*.raw").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_namespace_that_cannot_fit_is_refused_before_anything_is_made()
    {
        await using var target = await RunningTarget.StartAsync();

        var error = await Should.ThrowAsync<TargetException>(() => target.CreateAsync(1L << 60));

        error.Code.ShouldBe("target.no-space");
        Directory.GetFiles(target.Target.Directory, "*.raw").ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_of_others_are_never_taken_over()
    {
        await using var target = await RunningTarget.StartAsync();
        var uuid = Guid.NewGuid();
        var path = Path.Combine(target.Target.Directory, $"{uuid}.raw");
        await File.WriteAllBytesAsync(path, new byte[1 << 20], Cancel);

        (await Should.ThrowAsync<TargetException>(() => target.CreateAsync(1 << 20, uuid))).Code.ShouldBe("target.backing-exists");
    }

    [Fact]
    public async Task One_directory_has_one_target_and_one_file_one_writer()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);

        (await Should.ThrowAsync<TargetException>(() => RunningTarget.StartAsync(target.Target.Directory))).Code.ShouldBe("target.directory-locked");

        // QEMU respects the lock while the namespace is online, and gets the file when it is not; the target then respects QEMU's.
        (await QemuIoAsync(created.BackingPath, "write 0 4096")).ShouldContain("lock");
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);
        (await QemuIoAsync(created.BackingPath, "write 0 4096")).ShouldContain("wrote 4096/4096");
        using (File.OpenHandle(created.BackingPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            (await Should.ThrowAsync<TargetException>(() => target.Target.BringOnlineAsync(created.Uuid, Cancel))).Code.ShouldBe("target.backing-locked");
        }

        await target.Target.BringOnlineAsync(created.Uuid, Cancel);
        target.Target.FindNamespace(created.Uuid)!.Online.ShouldBeTrue();
    }

    [Fact]
    public async Task A_backing_file_that_is_missing_or_resized_keeps_its_namespace_offline_and_the_others_are_served()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        NamespaceInfo missing, resized, well;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            missing = await target.CreateAsync(1 << 20);
            resized = await target.CreateAsync(1 << 20);
            well = await target.CreateAsync(1 << 20);
        }

        File.Move(missing.BackingPath, missing.BackingPath + ".away");
        await File.WriteAllBytesAsync(resized.BackingPath, new byte[512], Cancel);
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            target.Target.ListNamespaces().Select(n => (n.Uuid, n.Online, n.Problem?.Code)).ShouldBe(
                [(missing.Uuid, false, "target.backing-missing"), (resized.Uuid, false, "target.backing-resized"), (well.Uuid, true, null)]);
            target.Target.FindNamespace(missing.Uuid)!.Problem!.Cause.ShouldContain(missing.BackingPath);
            await using var host = await target.ConnectAsync();
            await (await host.OpenAsync(well.Uuid, Cancel)).WriteAsync(0, new byte[512], Cancel);
            (await Should.ThrowAsync<TargetException>(() => target.Target.BringOnlineAsync(missing.Uuid, Cancel))).Code.ShouldBe("target.backing-missing");

            File.Move(missing.BackingPath + ".away", missing.BackingPath);
            await target.Target.BringOnlineAsync(missing.Uuid, Cancel);
            target.Target.FindNamespace(missing.Uuid)!.Problem.ShouldBeNull();
            await (await host.OpenAsync(missing.Uuid, Cancel)).WriteAsync(0, new byte[512], Cancel);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_list_of_namespaces_from_before_there_were_several_subsystems_is_read()
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        var uuid = Guid.NewGuid();
        await File.WriteAllBytesAsync(Path.Combine(directory, $"{uuid}.raw"), new byte[1 << 20], Cancel);
        await File.WriteAllTextAsync(Path.Combine(directory, "namespaces.json"), $$"""
            { "version": 1, "nextNsid": 6, "serialNumber": "0123456789abcdef0123",
              "namespaces": [ { "uuid": "{{uuid}}", "nsid": 4, "capacityBytes": 1048576, "blockSize": 512, "online": true, "grantedHostNqn": "{{RunningTarget.HostNqn}}" } ] }
            """, Cancel);
        for (var start = 0; start < 2; start++)
        {
            await using var target = await RunningTarget.StartAsync(directory);
            var one = target.Target.ListNamespaces().ShouldHaveSingleItem();
            (one.Uuid, one.Nsid, one.Online, one.GrantedHostNqn, one.SubsystemNqn, one.AnaGroup).ShouldBe(
                (uuid, 4u, true, RunningTarget.HostNqn, target.Target.SubsystemNqn, 1u));
        }

        await using (var target = await RunningTarget.StartAsync(directory))
        {
            (await target.CreateAsync(1 << 20)).Nsid.ShouldBe(6u);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{", "")]
    [InlineData("\"version\": 2", "\"version\": 3")]
    [InlineData("\"nsid\": 2", "\"nsid\": 1")]
    [InlineData("\"nsid\": 2", "\"nsid\": 0")]
    [InlineData("\"nsid\": 2", "\"nsid\": 4000000000")]
    [InlineData("\"blockSize\": 512", "\"blockSize\": 0")]
    [InlineData("\"capacityBytes\": 1048576", "\"capacityBytes\": -512")]
    [InlineData("\"serialNumber\": ", "\"was\": ")]
    public async Task A_damaged_list_of_namespaces_stops_the_start_and_is_left_as_it_is(string what, string by)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;
        await using (var target = await RunningTarget.StartAsync(directory))
        {
            await target.CreateAsync(1 << 20);
            await target.CreateAsync(1 << 20);
        }

        var path = Path.Combine(directory, "namespaces.json");
        var text = await File.ReadAllTextAsync(path, Cancel);
        text.ShouldContain(what);
        var damaged = what.Length == 0 ? "" : text.Replace(what, by, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, damaged, Cancel);

        var error = await Should.ThrowAsync<TargetException>(() => RunningTarget.StartAsync(directory));

        error.Code.ShouldBe("target.records-damaged");
        (await File.ReadAllTextAsync(path, Cancel)).ShouldBe(damaged);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_file_left_empty_by_a_crash_does_not_stand_in_the_way_of_its_namespace()
    {
        await using var target = await RunningTarget.StartAsync();
        var uuid = Guid.NewGuid();
        await File.WriteAllBytesAsync(Path.Combine(target.Target.Directory, $"{uuid}.raw"), [], Cancel);

        (await target.CreateAsync(1 << 20, uuid)).CapacityBytes.ShouldBe(1 << 20);
    }

    [Fact]
    public async Task Wrong_options_are_refused_all_at_once()
    {
        var error = await Should.ThrowAsync<TargetException>(
            () => RunningTarget.StartAsync(change: o => o with { Port = 70000, SubsystemNqn = "NQN.2026", MaxIoQueues = 0, InCapsuleBytes = 100, MaxConnections = 1, HandshakeTimeout = TimeSpan.Zero }));

        foreach (var name in new[] { "Port", "SubsystemNqn", "MaxIoQueues", "InCapsuleBytes", "MaxConnections", "HandshakeTimeout" })
        {
            error.Message.ShouldContain(name);
        }
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_and_the_directory_is_free_again()
    {
        await using var first = await RunningTarget.StartAsync();
        var directory = Directory.CreateTempSubdirectory("migrate-target-").FullName;

        var error = await Should.ThrowAsync<TargetException>(
            () => RunningTarget.StartAsync(directory, o => o with { Port = first.Target.EndPoint.Port }));

        error.Code.ShouldBe("target.cannot-listen");
        await using (await RunningTarget.StartAsync(directory))
        {
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task An_offline_namespace_is_not_there_for_hosts()
    {
        await using var target = await RunningTarget.StartAsync();
        var created = await target.CreateAsync(1 << 20);
        await using var host = await target.ConnectAsync();
        var disk = await host.OpenAsync(created.Uuid, Cancel);
        await target.Target.TakeOfflineAsync(created.Uuid, Cancel);

        (await Should.ThrowAsync<NvmeException>(async () => await disk.WriteAsync(0, new byte[512], Cancel))).StatusCode.ShouldBe(0x0B);
        await Should.ThrowAsync<NvmeException>(() => host.OpenAsync(created.Uuid, Cancel));

        await target.Target.BringOnlineAsync(created.Uuid, Cancel);
        await disk.WriteAsync(0, new byte[512], Cancel);
    }

    private static async Task<string> QemuIoAsync(string path, string command)
    {
        var (_, output, errors) = await Programs.RunAsync("qemu-io", "-f", "raw", "-c", command, path);
        return output + errors;
    }
}
