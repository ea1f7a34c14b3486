using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Offline.Vmx;

namespace Migrate.Planner.Tests.Offline.Vmx;

public sealed class VmxSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_VM_is_read_with_its_disks_and_snapshots()
    {
        SampleVmx.WriteTo(_folder);
        var inventory = Read();

        inventory.Gaps.ShouldBeEmpty();
        var vm = inventory.Vms.ShouldHaveSingleItem();
        (vm.Name, vm.Annotation, vm.GuestId, vm.HardwareVersion).ShouldBe(("shop \"db\" Zürich", "first\nsecond", "debian12_64Guest", "vmx-21"));
        (vm.CpuCount, vm.CoresPerSocket, vm.MemoryBytes, vm.Firmware, vm.SecureBoot).ShouldBe((4, 2, 8L << 30, "efi", true));
        (vm.BiosUuid, vm.InstanceUuid).ShouldBe(("423e94a9-a1c7-b31d-7161-76c7586c830e", "503e06db-f8d5-458e-a2fb-f9820253a7be"));
        (vm.PowerState, vm.DiskUuidEnabled, vm.Security.HasVirtualTpm, vm.Folder).ShouldBe(("poweredOff", true, true, "shop"));
        (vm.Resources.Cpu.Reservation, vm.Resources.Cpu.SharesLevel, vm.Resources.Memory.Limit).ShouldBe((500, "high", null));

        vm.Controllers.Select(c => (c.Key, c.Type)).ShouldBe([(1000, "ParaVirtualSCSIController"), (15000, "VirtualAHCIController"), (31000, "VirtualNVMEController")]);
        vm.Disks.Select(d => (d.Instance, d.Key, d.Backing, d.CapacityBytes)).ShouldBe(
        [
            ("scsi0:0", 2000, DiskBacking.Sparse, 1L << 20), ("scsi0:1", 2001, DiskBacking.Sparse, 2L << 30), ("nvme0:0", 32000, DiskBacking.RawDeviceMapping, 4L << 20),
        ]);
        var first = vm.Disks[0];
        (first.ParentCount, first.ChangeTrackingKey, first.IopsLimit).ShouldBe((1, true, 1200));
        first.ParentFiles.ShouldBe(["shop/shop.vmdk"]);
        first.LocalFile.ShouldBe(new LocalDiskFile(Path.Combine(_folder.Path, "shop/shop-000001.vmdk"), 0, null));
        var second = vm.Disks[1];
        (second.FileName, second.DiskMode, second.Sharing).ShouldBe(("[ds1] shop/shop_1.vmdk", "independent_persistent", "sharingMultiWriter"));
        second.LocalFile!.Path.ShouldBe(Path.Combine(_folder.Path, "shop/shop_1.vmdk"));
        vm.Disks[2].RdmCompatibility.ShouldBe("physicalMode");

        vm.Nics.Select(n => (n.Type, n.MacAddress, n.NetworkName, n.Connected, n.AddressType)).ShouldBe(
        [
            ("VirtualVmxnet3", "00:50:56:be:00:15", "VM Network", true, "assigned"), ("VirtualPCNet32", "00:50:56:00:00:01", "dvportgroup-12", false, "manual"),
        ]);
        vm.OtherDevices.Select(d => (d.Kind, d.Backing)).ShouldBe([(DeviceKind.Cdrom, "[iso] debian.iso"), (DeviceKind.Tpm, null)]);
        vm.Snapshots.Select(s => (s.Name, s.Depth, s.ParentKey, s.IsCurrent, s.PowerState)).ShouldBe([("before", 1, null, false, "poweredOff"), ("after", 2, "1", true, "poweredOn")]);
        vm.Snapshots[0].CreatedAt.ShouldBe(DateTime.UnixEpoch.AddMicroseconds((404000L << 32) | 0xFFFF_FFFB));
    }

    [Fact]
    public void A_VM_keeps_its_key_and_copies_of_it_have_others()
    {
        SampleVmx.WriteTo(_folder, "a");
        SampleVmx.WriteTo(_folder, "b");
        var first = Read();
        first.Vms.Select(v => v.Key).Distinct().Count().ShouldBe(2);
        first.Gaps.ShouldHaveSingleItem().ShouldStartWith("423e94a9-a1c7-b31d-7161-76c7586c830e: 2 files have this uuid.bios");
        Read().Vms.Select(v => v.Key).ShouldBe(first.Vms.Select(v => v.Key));
        // The same file by two ways is one VM.
        new VmxSource(OfflineLimits.Default).Read([_folder.Path, Path.Combine(_folder.Path, "a/shop.vmx")], TimeProvider.System, CancellationToken.None).Vms.Count.ShouldBe(2);
    }

    [Fact]
    public void Nothing_outside_of_the_folder_is_read_and_links_are_not_followed()
    {
        using var outside = new TemporaryFolder();
        outside.Write("secret.vmdk", SampleVmx.Descriptor("vmfs", 9999, "VMFS", "x", ""));
        outside.Write("secret.vmx", SampleVmx.Vmx);
        _folder.Write("vm/a.vmx", "config.version = \"8\"\nscsi0:0.present = \"TRUE\"\nscsi0:0.fileName = \"../../../../../../../.." + outside.Path + "/secret.vmdk\"\nscsi0:1.present = \"TRUE\"\nscsi0:1.fileName = \"link.vmdk\"\nscsi0:2.present = \"TRUE\"\nscsi0:2.fileName = \"linked/secret.vmdk\"\n");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "vm/link.vmdk"), Path.Combine(outside.Path, "secret.vmdk"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "vm/b.vmx"), Path.Combine(outside.Path, "secret.vmx"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "vm/linked"), outside.Path);

        var inventory = Read();
        inventory.Vms.ShouldHaveSingleItem().Disks.ShouldAllBe(d => d.CapacityBytes == 0 && d.LocalFile == null);
        inventory.Gaps.ShouldContain(g => g.StartsWith("vm/a.vmx: disk scsi0:0: its file") && g.Contains("outside"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("vm/a.vmx: disk scsi0:1") && g.Contains("link"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("vm/a.vmx: disk scsi0:2"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("vm/b.vmx: a symbolic link"));
        inventory.Gaps.ShouldContain(g => g.StartsWith("vm/linked: a symbolic link"));
    }

    [Fact]
    public void Everything_that_cannot_be_is_named_and_the_rest_loads()
    {
        SampleVmx.WriteTo(_folder);
        _folder.Write("empty.vmx", "");
        _folder.Write("other.vmx", "a = \"1\"");
        _folder.Write("odd.vmx", "config.version = \"8\"\nmemsize = \"-4\"\nnumvcpus = \"lots\"\nscsi9:99.present = \"TRUE\"\nscsi0.virtualDev = \"warp\"\nscsi0:0.present=\"TRUE\"\nscsi0:1.present = \"TRUE\"\nscsi0:1.fileName = \"junk.vmdk\"\nethernet0.present = \"TRUE\"\nethernet0.virtualDev = \"tachyon\"");
        _folder.Write("odd.vmsd", "snapshot.numSnapshots = \"5000000\"\nsnapshot0.uid = \"1\"\nsnapshot0.parent = \"2\"\nsnapshot1.uid = \"2\"\nsnapshot1.parent = \"1\"");
        _folder.Write("junk.vmdk", new byte[4000]);
        _folder.Write("loop.vmx", "config.version = \"8\"\nscsi0:0.present = \"TRUE\"\nscsi0:0.fileName = \"loop.vmdk\"");
        _folder.Write("loop.vmdk", SampleVmx.Descriptor("vmfsSparse", 8, "VMFSSPARSE", "loop.vmx", "parentFileNameHint=\"loop.vmdk\""));
        _folder.Write("huge.vmx", new byte[(4 << 20) + 1]);

        var inventory = Read();
        inventory.Vms.Select(v => v.Name).ShouldBe(["shop \"db\" Zürich", "odd", "loop"], ignoreOrder: true);
        inventory.Vms.Single(v => v.Name == "odd").MemoryBytes.ShouldBe(32L << 20);
        foreach (var expected in new[]
        {
            "empty.vmx: the file is empty", "other.vmx: it has none of the settings", "odd.vmx: memsize is '-4'", "odd.vmx: numvcpus is 'lots'", "odd.vmx: scsi9:99 is a place",
            "odd.vmx: scsi0.virtualDev is 'warp'", "odd.vmx: scsi0:0 is a disk without a file", "junk.vmdk: it is no VMDK", "odd.vmx: ethernet0.virtualDev is 'tachyon'",
            "odd.vmsd: it states 5000000 snapshots", "odd.vmsd: 2 snapshots build on each other in a circle", "loop.vmdk: its chain of parents comes back", "huge.vmx: the file has 4194305 bytes",
        })
        {
            inventory.Gaps.ShouldContain(g => g.StartsWith(expected), expected + " in\n" + string.Join('\n', inventory.Gaps));
        }
    }

    [Fact]
    public void Nothing_to_load_is_refused()
    {
        Should.Throw<MigrateException>(() => Read()).Code.ShouldBe("source.no-vms");
        _folder.Write("a.vmx", "not one");
        Should.Throw<MigrateException>(() => Read()).Message.ShouldContain("a.vmx");
    }

    [Fact]
    public void Damaged_anywhere_it_loads_or_says_why_not()
    {
        var random = new Random(8);
        for (var round = 0; round < 300; round++)
        {
            using var folder = new TemporaryFolder();
            SampleVmx.WriteTo(folder);
            folder.Write("shop/sparse.vmdk", SampleVmx.Sparse(2048, "monolithicSparse"));
            folder.Write("other/other.vmx", "config.version = \"8\"\nscsi0:0.present = \"TRUE\"\nscsi0:0.fileName = \"../shop/sparse.vmdk\"");
            foreach (var file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(f => random.Next(2) == 0 && !f.EndsWith("other.vmx", StringComparison.Ordinal)))
            {
                File.WriteAllBytes(file, Damage.Do(File.ReadAllBytes(file), random));
            }

            var inventory = new VmxSource(OfflineLimits.Default).Read([folder.Path], TimeProvider.System, CancellationToken.None);
            inventory.Vms.ShouldNotBeEmpty();
            Should.NotThrow(() => inventory.Vms.Select(Lasting.Of).Count(), $"round {round}");
            inventory.Vms.SelectMany(v => v.Disks).ShouldAllBe(d => d.CapacityBytes >= 0);
        }
    }

    public void Dispose() => _folder.Dispose();

    private SourceInventory Read() => new VmxSource(OfflineLimits.Default).Read([_folder.Path], TimeProvider.System, CancellationToken.None);
}
