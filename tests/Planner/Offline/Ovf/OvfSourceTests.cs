using System.Text;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Offline.Ovf;
using Migrate.Planner.Plans;

namespace Migrate.Planner.Tests.Offline.Ovf;

public sealed class OvfSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Every_VM_of_a_package_is_read_with_the_hardware_of_the_default_configuration()
    {
        SampleOvf.WriteTo(_folder);
        var inventory = await ReadAsync();

        var web = inventory.Vms.Single(v => v.Name == "web 01");
        (web.CpuCount, web.CoresPerSocket, web.MemoryBytes, web.Firmware, web.SecureBoot, web.HardwareVersion).ShouldBe((8, 4, 16L << 30, "efi", true, "vmx-19"));
        (web.GuestId, web.GuestFullName, web.Annotation, web.DiskUuidEnabled, web.PowerState).ShouldBe(("ubuntu64Guest", "Ubuntu Linux (64-bit)", "front", true, "poweredOff"));
        web.Controllers.Select(c => (c.Key, c.Type)).ShouldBe([(1000, "ParaVirtualSCSIController"), (31000, "VirtualNVMEController")]);
        web.Disks.Select(d => (d.Instance, d.CapacityBytes, d.BackingType)).ShouldBe([("scsi0:0", 2L << 20, "streamOptimized"), ("nvme0:1", 1L << 20, "monolithicSparse")]);
        web.Disks[0].LocalFile.ShouldBe(new LocalDiskFile(Path.Combine(_folder.Path, "disk1.vmdk"), 0, SampleOvf.FirstDisk.Length));
        web.Nics.Select(n => (n.Type, n.NetworkName, n.Connected)).ShouldBe([("VirtualVmxnet3", "VM Network", true)]);
        web.OtherDevices.Select(d => d.Kind).ShouldBe([DeviceKind.Cdrom]);
        // What a deployment tells the guest may be secret; that it does is not.
        web.AdvancedSettings.ShouldBe([new("disk.EnableUUID", "TRUE"), new("guestinfo.userdata", null)]);
        web.OvfEnvironment!.Transports.ShouldBe(["com.vmware.guestInfo", "iso"]);
        web.OvfEnvironment.PropertyNames.ShouldBe(["password", "size"]);

        var db = inventory.Vms.Single(v => v.Name == "db");
        (db.CpuCount, db.MemoryBytes, db.Firmware).ShouldBe((2, 512L << 20, "bios"));
        db.Disks.Select(d => (d.Instance, d.CapacityBytes, d.LocalFile)).ShouldBe([("ide1:0", 3L << 30, null), ("ide1:1", 7L << 30, null)]);
        inventory.Gaps.ShouldBe(
        [
            "shop.ovf: Hard disk 1 is in disk3.vmdk.gz, which is compressed (gzip); unpack it and take the attribute ovf:compression out of the descriptor",
            "shop.ovf: Hard disk 2 has no file: it starts empty",
        ]);
    }

    [Fact]
    public async Task In_an_archive_each_disk_is_known_by_where_it_begins_and_the_order_of_the_files_does_not_matter()
    {
        byte[] ovf = Encoding.UTF8.GetBytes(SampleOvf.Descriptor);
        var path = _folder.Write("shop.ova", SampleOvf.Archive(("disk2.vmdk", SampleOvf.SecondDisk), ("shop.mf", Encoding.UTF8.GetBytes(SampleOvf.Manifest(SampleOvf.Descriptor))), ("./disk1.vmdk", SampleOvf.FirstDisk), ("shop.ovf", ovf)));
        var inventory = await ReadAsync();
        var web = inventory.Vms.Single(v => v.Name == "web 01");
        web.Disks.Count.ShouldBe(2);
        var bytes = File.ReadAllBytes(path);
        foreach (var (disk, content) in web.Disks.Zip([SampleOvf.FirstDisk, SampleOvf.SecondDisk]))
        {
            disk.LocalFile!.Path.ShouldBe(path);
            bytes.AsSpan((int)disk.LocalFile.Offset, (int)disk.LocalFile.Length!.Value).SequenceEqual(content).ShouldBeTrue();
            ReaderChoice.For(web, disk, new Dictionary<string, Datastore>(), new Dictionary<string, EsxHost>()).Reader.ShouldBe(ReaderChoice.LocalVmdk);
        }

        (await OvfSource.CheckDigestsAsync([path], OfflineLimits.Default, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Files_that_are_not_what_the_manifest_was_made_of_are_named()
    {
        SampleOvf.WriteTo(_folder);
        (await CheckAsync()).ShouldBeEmpty();
        var changed = SampleOvf.SecondDisk.ToArray();
        changed[^1] ^= 1;
        _folder.Write("disk2.vmdk", changed);
        File.AppendAllText(Path.Combine(_folder.Path, "shop.mf"), "\nMD9(disk1.vmdk)= 0123456789\nSHA256(absent.vmdk)= 0123456789\nnonsense\n");
        var lines = await CheckAsync();
        lines.ShouldContain(l => l.StartsWith("shop.ovf: disk2.vmdk is not what the manifest was made of: its SHA512"));
        lines.ShouldContain(l => l.Contains("a MD9 of disk1.vmdk"));
        lines.ShouldContain(l => l.Contains("absent.vmdk is in the manifest and was not found"));
        lines.ShouldContain("shop.ovf: a line of its manifest is none: nonsense");
        lines.Count.ShouldBe(4);
        File.Delete(Path.Combine(_folder.Path, "shop.mf"));
        (await CheckAsync()).ShouldHaveSingleItem().ShouldContain("no manifest");

        Task<IReadOnlyList<string>> CheckAsync() => OvfSource.CheckDigestsAsync([_folder.Path], OfflineLimits.Default, CancellationToken.None);
    }

    [Fact]
    public async Task A_member_of_more_than_8_GiB_says_its_size_in_binary()
    {
        const long Size = (9L << 30) + 512;
        var descriptor = Encoding.UTF8.GetBytes(SampleOvf.Descriptor.Replace($"ovf:size=\"{SampleOvf.FirstDisk.Length}\"", $"ovf:size=\"{Size}\""));
        var head = SampleOvf.Archive(("shop.ovf", descriptor), ("disk1.vmdk", SampleOvf.FirstDisk));
        var at = 512 + ((descriptor.Length + 511) / 512 * 512);
        // GNU tar's way beyond eleven octal digits: the first bit is set, the rest is the number.
        var size = head.AsSpan(at + 124, 12);
        size.Clear();
        size[0] = 0x80;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(size[4..], Size);
        Encoding.ASCII.GetBytes("ustar  \0").CopyTo(head, at + 257);
        Encoding.ASCII.GetBytes("        ").CopyTo(head, at + 148);
        var sum = head.AsSpan(at, 512).ToArray().Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(head, at + 148);

        var path = Path.Combine(_folder.Path, "large.ova");
        await using (var stream = File.Create(path))
        {
            // The disk is a hole, but for its start.
            stream.Write(head.AsSpan(0, at + 512 + SampleOvf.FirstDisk.Length));
            var second = at + 512 + Size;
            stream.Position = second;
            stream.Write(SampleOvf.Archive(("disk2.vmdk", SampleOvf.SecondDisk)));
        }

        var web = (await ReadAsync()).Vms.Single(v => v.Name == "web 01");
        web.Disks[0].LocalFile.ShouldBe(new LocalDiskFile(path, at + 512, Size));
        web.Disks[1].LocalFile.ShouldBe(new LocalDiskFile(path, at + 512 + Size + 512, SampleOvf.SecondDisk.Length));
    }

    [Theory]
    [InlineData("2", "byte * 2^30", 2L << 30)]
    [InlineData("2", "byte*2^40", 2L << 40)]
    [InlineData("3", "byte * 10^9", 3_000_000_000L)]
    [InlineData("2", "byte * 1024 * 2^10", 2L << 20)]
    [InlineData("0.5", "GigaBytes", 1L << 29)]
    [InlineData("7", "MB", 7L << 20)]
    [InlineData("512", null, 512L)]
    [InlineData("1", "furlong", null)]
    [InlineData("many", "byte", null)]
    [InlineData("-1", "byte", null)]
    [InlineData("9999999999999", "byte * 2^40", null)]
    [InlineData("1", "byte * 2^99", null)]
    public void Units_of_bytes(string number, string? unit, long? bytes) => OvfUnits.Bytes(number, unit, 1).ShouldBe(bytes);

    [Fact]
    public async Task Each_package_that_cannot_be_read_is_named_and_the_rest_loads()
    {
        SampleOvf.WriteTo(_folder);
        var ovf = Encoding.UTF8.GetBytes(SampleOvf.Descriptor);
        var archive = SampleOvf.Archive(("shop.ovf", ovf), ("disk1.vmdk", SampleOvf.FirstDisk));
        _folder.Write("cut.ova", archive[..(archive.Length - 8000)]);
        _folder.Write("bare.ova", SampleOvf.Archive(("disk1.vmdk", SampleOvf.FirstDisk)));
        _folder.Write("packed.ova", [0x1F, 0x8B, 8, 0]);
        _folder.Write("noise.ova", Enumerable.Range(0, 4096).Select(i => (byte)(i * 7)).ToArray());
        _folder.Write("empty.ovf", "");
        _folder.Write("html.ovf", "<html/>");
        _folder.Write("dtd.ovf", "<!DOCTYPE Envelope [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Envelope>&e;</Envelope>");
        _folder.Write("none.ovf", "<Envelope/>");
        _folder.Write("far.ovf", SampleOvf.Descriptor.Replace("disk1.vmdk", "https://example.com/disk1.vmdk").Replace("disk2.vmdk", "../../../../etc/passwd"));
        _folder.Write("liar.ovf", SampleOvf.Descriptor.Replace("ovf:capacity=\"2\"", "ovf:capacity=\"64\"").Replace($"ovf:size=\"{SampleOvf.FirstDisk.Length}\"", "ovf:size=\"1\""));

        var inventory = await ReadAsync();
        inventory.Vms.Count(v => v.VmPathName!.EndsWith("shop.ovf", StringComparison.Ordinal)).ShouldBe(2);
        foreach (var expected in new[]
        {
            "cut.ova: the archive breaks off inside of disk1.vmdk", "bare.ova: the archive has no .ovf", "packed.ova: the archive is compressed as a whole", "noise.ova: the archive", "empty.ovf: the file is empty",
            "html.ovf: its root element is html", "dtd.ovf: it has a document type", "none.ovf: it describes no VM", "far.ovf: Hard disk 1 is in https://example.com/disk1.vmdk, which is elsewhere",
            "far.ovf: Hard disk 2: its file ../../../../etc/passwd was not found: it lies outside", "liar.ovf: Hard disk 1 has 67108864 bytes in the descriptor and 2097152 in disk1.vmdk", "liar.ovf: disk1.vmdk has 11264 bytes; the descriptor says 1",
        })
        {
            inventory.Gaps.ShouldContain(g => g.StartsWith(expected), expected + " in\n" + string.Join('\n', inventory.Gaps));
        }

        using var nothing = new TemporaryFolder();
        (await Should.ThrowAsync<MigrateException>(() => new OvfSource(OfflineLimits.Default).ReadAsync([nothing.Path], TimeProvider.System, CancellationToken.None))).Code.ShouldBe("source.no-vms");
    }

    [Fact]
    public async Task Damaged_anywhere_it_loads_or_says_why_not()
    {
        var random = new Random(17);
        var ovf = Encoding.UTF8.GetBytes(SampleOvf.Descriptor);
        for (var round = 0; round < 300; round++)
        {
            using var folder = new TemporaryFolder();
            folder.Write("good.ovf", SampleOvf.Descriptor);
            folder.Write("bad.ovf", Damage.Do(ovf, random));
            folder.Write("disk1.vmdk", Damage.Do(SampleOvf.FirstDisk, random));
            folder.Write("bad.ova", Damage.Do(SampleOvf.Archive(("shop.ovf", ovf), ("disk1.vmdk", SampleOvf.FirstDisk), ("disk2.vmdk", SampleOvf.SecondDisk)), random));
            folder.Write("bad.mf", Damage.Do(Encoding.UTF8.GetBytes(SampleOvf.Manifest(SampleOvf.Descriptor)), random));
            var inventory = await new OvfSource(OfflineLimits.Default).ReadAsync([folder.Path], TimeProvider.System, CancellationToken.None);
            inventory.Vms.Count.ShouldBeGreaterThanOrEqualTo(2);
            Should.NotThrow(() => inventory.Vms.Select(Lasting.Of).Count(), $"round {round}");
            inventory.Vms.SelectMany(v => v.Disks).ShouldAllBe(d => d.CapacityBytes >= 0);
            await OvfSource.CheckDigestsAsync([folder.Path], OfflineLimits.Default, CancellationToken.None);
        }
    }

    public void Dispose() => _folder.Dispose();

    private Task<SourceInventory> ReadAsync() => new OvfSource(OfflineLimits.Default).ReadAsync([_folder.Path], TimeProvider.System, CancellationToken.None);

    [Theory]
    [InlineData("windows9_64Guest", "120", "windows9_64Guest")]
    [InlineData("*other3xLinux64Guest", "101", "other3xLinux64Guest")]
    [InlineData(null, "120", "windows9_64Guest")]
    [InlineData(null, "94", "ubuntu64Guest")]
    [InlineData(null, "80", "otherLinux64Guest")]
    [InlineData(null, "116", "windows9Server64Guest")]
    [InlineData(null, "9999", "")]
    [InlineData(null, null, "")]
    public void Which_system_it_is_comes_from_vSpheres_name_or_from_CIMs_number(string? osType, string? number, string id) => OvfGuest.IdOf(osType, number).ShouldBe(id);
}
