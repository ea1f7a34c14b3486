using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>Our client against govmomi's simulator.</summary>
public sealed class GovmomiTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_thumbprint_that_is_read_is_the_certificate_s_own()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        var thumbprint = await VSphereSession.ReadThumbprintAsync(server.Url, SourceAddresses.Usual, Cancel);
        thumbprint.Replace(":", "", StringComparison.Ordinal).ShouldBe(server.Sha256, StringCompareShould.IgnoreCase);
    }

    [Fact]
    public async Task A_wrong_password_is_told_as_such_and_stays_out_of_the_message()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        var refused = await Should.ThrowAsync<MigrateException>(() => ConnectAsync(new(server.Url, GovmomiServer.User, "wr0ng-s3cret", server.Sha256)));
        refused.Code.ShouldBe("source.login-failed");
        refused.Message.ShouldContain(GovmomiServer.User);
        refused.ToString().ShouldNotContain("wr0ng-s3cret");
    }

    [Fact]
    public async Task A_certificate_other_than_the_pinned_one_is_refused_and_both_are_named()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        var other = string.Concat(Enumerable.Repeat("AB", 32));
        var refused = await Should.ThrowAsync<MigrateException>(() => ConnectAsync(new(server.Url, GovmomiServer.User, GovmomiServer.Password, other)));
        refused.Code.ShouldBe("source.thumbprint-mismatch");
        refused.Message.ShouldContain("AB:AB:AB");
        refused.Message.Replace(":", "", StringComparison.Ordinal).ShouldContain(server.Sha256.ToUpperInvariant());
    }

    [Fact]
    public async Task Without_a_thumbprint_a_self_signed_certificate_is_refused()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        var refused = await Should.ThrowAsync<MigrateException>(() => ConnectAsync(new(server.Url, GovmomiServer.User, GovmomiServer.Password, null)));
        refused.Code.ShouldBe("source.certificate-untrusted");
        refused.Message.Replace(":", "", StringComparison.Ordinal).ShouldContain(server.Sha256.ToUpperInvariant());
    }

    [Fact]
    public async Task Tags_are_read_by_the_service_of_older_vCenters()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        (await session.ReadInventoryAsync(Cancel)).ShouldSatisfyAllConditions(i => i.Vms.ShouldAllBe(v => v.Tags.Count == 0), i => i.Gaps.ShouldNotContain(g => g.StartsWith("tags")));

        var vm = (await session.ReadInventoryAsync(Cancel)).Vms[0];
        using var rest = await GovmomiTags.LoginAsync(server, Cancel);
        var category = await rest.CategoryAsync("Owner", Cancel);
        await rest.TagAsync(category, "team-a", [vm.Key], Cancel);
        await rest.TagAsync(category, "team-b & \"friends\"", [vm.Key], Cancel);
        await rest.TagAsync(category, "unused", [], Cancel);

        var inventory = await session.ReadInventoryAsync(Cancel);
        inventory.Vms.Single(v => v.Key == vm.Key).Tags.ShouldBe([new("Owner", "team-a"), new("Owner", "team-b & \"friends\"")]);
        inventory.Vms.Where(v => v.Key != vm.Key).ShouldAllBe(v => v.Tags.Count == 0);
    }

    [Fact]
    public async Task A_vCenter_with_hundreds_of_VMs_is_read_whole()
    {
        using var server = await GovmomiServer.StartAsync(Cancel, "-vm", "100", "-cluster", "2");
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);

        inventory.About.ApiType.ShouldBe("VirtualCenter");
        // govmomi: 100 on the standalone host, 100 in each cluster's root pool, 100 in each cluster's vApp.
        inventory.Vms.Count.ShouldBe(500);
        inventory.Vms.Select(v => v.Key).ShouldBeUnique();
        inventory.Hosts.Count.ShouldBe(7);
        inventory.Hosts.Count(h => h.ClusterKey is not null).ShouldBe(6);
        inventory.Clusters.Select(c => c.Name).ShouldBe(["DC0_C0", "DC0_C1"], ignoreOrder: true);
        inventory.Networks.ShouldContain(n => n.Type == "DistributedVirtualPortgroup" && n.Name == "DC0_DVPG0");
        inventory.Networks.ShouldContain(n => n.Type == "OpaqueNetwork");
        inventory.Datastores.ShouldHaveSingleItem().Name.ShouldBe("LocalDS_0");

        var vm = inventory.Vms.Single(v => v.Name == "DC0_H0_VM7");
        vm.Datacenter.ShouldBe("F0/DC0");
        vm.Folder.ShouldBe("F0");
        vm.PowerState.ShouldBe("poweredOn");
        vm.InstanceUuid.ShouldNotBeNullOrEmpty();
        vm.Controllers.ShouldContain(c => c.Type == "ParaVirtualSCSIController");
        var disk = vm.Disks.ShouldHaveSingleItem();
        disk.Instance.ShouldBe("scsi0:0");
        disk.Backing.ShouldBe(DiskBacking.Flat);
        disk.FileName.ShouldBe("[LocalDS_0] DC0_H0_VM7/disk1.vmdk");
        disk.DatastoreKey.ShouldBe(inventory.Datastores[0].Key);
        vm.Nics.ShouldHaveSingleItem().NetworkName.ShouldBe("DC0_DVPG0");
        vm.OtherDevices.ShouldContain(d => d.Type == "VirtualCdrom");
        inventory.Vms.ShouldAllBe(v => v.Datacenter == "F0/DC0");

        var host = inventory.Hosts[0];
        var lun = host.Luns.ShouldHaveSingleItem();
        lun.Vendor.ShouldBe("VMware,");
        lun.CapacityBytes.ShouldBe(34359738368);
        host.Adapters.ShouldContain(a => a.Key == lun.Paths.ShouldHaveSingleItem().AdapterKey && a.Kind == AdapterKind.Local);
    }

    [Fact]
    public async Task What_came_after_this_old_server_is_not_asked_and_no_gap()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);
        inventory.Gaps.ShouldNotContain(g => g.StartsWith("VirtualMachine ", StringComparison.Ordinal) && g.EndsWith(PropertyReader.NotAtThisServer, StringComparison.Ordinal));
        inventory.Gaps.ShouldNotContain(g => g.Contains("type that is not known", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_standalone_ESXi_host_is_read_too()
    {
        using var server = await GovmomiServer.StartAsync(Cancel, "-esx", "-vm", "3");
        await using var session = await OpenAsync(server);
        var inventory = await session.ReadInventoryAsync(Cancel);

        inventory.About.ApiType.ShouldBe("HostAgent");
        inventory.Vms.Count.ShouldBe(3);
        var host = inventory.Hosts.ShouldHaveSingleItem();
        host.ClusterKey.ShouldBeNull();
        inventory.Clusters.ShouldBeEmpty();
        inventory.Vms.ShouldAllBe(v => v.Datacenter == "ha-datacenter" && v.HostKey == host.Key && v.Disks.Count == 1);
    }

    [Fact]
    public async Task A_VM_s_card_is_disconnected_with_a_note_and_connected_again()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms[0];
        vm.Nics.ShouldHaveSingleItem().StartConnected.ShouldBeTrue();
        await session.PowerOffAsync(vm.Key, Cancel);
        // This server cannot empty a note, so the VM gets one of its own first.
        var bare = await session.ReadLinksAsync(vm.Key, Cancel);
        await session.IsolateAsync(vm.Key, "owner: finance", Cancel);
        await session.RejoinAsync(vm.Key, bare, "another note", Cancel);
        var before = await session.ReadLinksAsync(vm.Key, Cancel);
        (before.Annotation, before.ConnectedNics.Count).ShouldBe(("owner: finance", 1));

        await session.IsolateAsync(vm.Key, "gone to kvm1", Cancel);
        await session.IsolateAsync(vm.Key, "gone to kvm1", Cancel);
        var isolated = (await session.ReadVmAsync(vm.Key, Cancel))!;
        isolated.Nics.ShouldHaveSingleItem().ShouldBe(vm.Nics[0] with { StartConnected = false, Connected = false });
        isolated.Annotation.ShouldBe("owner: finance\ngone to kvm1");

        await session.RejoinAsync(vm.Key, before, "gone to kvm1", Cancel);
        var again = (await session.ReadVmAsync(vm.Key, Cancel))!;
        again.Nics[0].StartConnected.ShouldBeTrue();
        again.Annotation.ShouldBe("owner: finance");
        (again.Disks.Count, again.CpuCount, again.MemoryBytes).ShouldBe((vm.Disks.Count, vm.CpuCount, vm.MemoryBytes));
    }

    [Fact]
    public async Task Power_goes_off_and_on_and_two_inventories_differ_by_exactly_that()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var before = await session.ReadInventoryAsync(Cancel);
        var key = before.Vms[0].Key;

        await session.PowerOffAsync(key, Cancel);
        await session.PowerOffAsync(key, Cancel); // being off already is no error
        var after = await session.ReadInventoryAsync(Cancel);
        after.Vms.Single(v => v.Key == key).PowerState.ShouldBe("poweredOff");
        var changed = before.Vms.Zip(after.Vms).Where(p => p.First.PowerState != p.Second.PowerState).Select(p => p.First.Key);
        changed.ShouldBe([key]);

        await session.PowerOnAsync(key, Cancel);
        (await session.ReadVmAsync(key, Cancel)).ShouldNotBeNull().PowerState.ShouldBe("poweredOn");
    }

    [Fact]
    public async Task A_VM_that_is_not_there_is_null_to_read_and_named_when_operated()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        (await session.ReadVmAsync("vm-9999", Cancel)).ShouldBeNull();
        var vanished = await Should.ThrowAsync<MigrateException>(() => session.PowerOffAsync("vm-9999", Cancel));
        vanished.Code.ShouldBe("source.vm-vanished");
        vanished.Message.ShouldContain("vm-9999");
    }

    [Fact]
    public async Task A_file_put_into_a_datastore_is_read_back_through_its_folder_address()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var datacenter = (await session.ReadInventoryAsync(Cancel)).Vms[0].Datacenter;
        var uri = session.FolderUri(datacenter, "[LocalDS_0] disk of web 1+2 #3.bin");
        var content = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7)).ToArray();

        using var put = await session.Http.PutAsync(uri, new ByteArrayContent(content), Cancel);
        put.IsSuccessStatusCode.ShouldBeTrue(put.ToString());
        using var ask = new HttpRequestMessage(HttpMethod.Get, uri);
        ask.Headers.Range = new(1000, 1999);
        using var answer = await session.Http.SendAsync(ask, Cancel);
        ((int)answer.StatusCode).ShouldBe(206);
        (await answer.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(content[1000..2000]);
    }

    [Fact]
    public async Task One_VM_is_read_as_in_the_whole_inventory()
    {
        using var server = await GovmomiServer.StartAsync(Cancel, "-vm", "3", "-cluster", "2", "-pool", "2");
        await using var session = await OpenAsync(server);
        var vms = (await session.ReadInventoryAsync(Cancel)).Vms;
        foreach (var vm in vms)
        {
            JsonSerializer.Serialize(await session.ReadVmAsync(vm.Key, Cancel)).ShouldBe(JsonSerializer.Serialize(vm));
        }
    }

    [Fact]
    public async Task Counters_that_the_server_does_not_fill_are_named()
    {
        using var server = await GovmomiServer.StartAsync(Cancel);
        await using var session = await OpenAsync(server);
        var vm = (await session.ReadInventoryAsync(Cancel)).Vms[0];
        var baseline = await session.ReadBaselineAsync(vm, Cancel);

        var disk = baseline.Disks.ShouldHaveSingleItem();
        disk.Instance.ShouldBe("scsi0:0");
        disk.Samples.Count.ShouldBe(180);
        disk.Samples.Zip(disk.Samples.Skip(1)).All(p => p.Second.At > p.First.At).ShouldBeTrue();
        disk.Samples.All(s => s.At.Kind == DateTimeKind.Utc).ShouldBeTrue();
        // It knows this counter and has no values of it. Of the others it leaves out zeroes, so their values cannot be put into time.
        baseline.MissingCounters.ShouldContain("virtualDisk.readLatencyUS.latest");
        disk.Samples.All(s => s.ReadLatencyUs is null).ShouldBeTrue();
    }

    private static Task<VSphereSession> OpenAsync(GovmomiServer server) =>
        ConnectAsync(new(server.Url, GovmomiServer.User, GovmomiServer.Password, server.Sha256));

    private static Task<VSphereSession> ConnectAsync(VSphereEndpoint endpoint) =>
        VSphereSession.OpenAsync(endpoint, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
}
