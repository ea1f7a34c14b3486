using System.Formats.Tar;
using System.IO.Compression;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Offline.Dumps;

namespace Migrate.Planner.Tests.Offline.Dumps;

public sealed class DumpSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_dump_is_read_as_the_server_would_be()
    {
        SampleDump.WriteTo(_folder);
        var inventory = await ReadAsync();

        inventory.Gaps.ShouldBeEmpty();
        inventory.About.ShouldBe(new SourceAbout("VMware vCenter Server 8.0.1 build-1", "VirtualCenter", "8.0.1.0", "0d0a2c4e-0000-4000-8000-000000000001"));
        inventory.TakenAt.ShouldBe(new DateTime(2025, 3, 4, 5, 6, 7, 500, DateTimeKind.Utc));
        var vm = inventory.Vms.ShouldHaveSingleItem();
        (vm.Key, vm.Name, vm.Datacenter, vm.Folder).ShouldBe(("vm-11", "web01", "North%2fSouth", "Shop"));
        (vm.CpuCount, vm.CoresPerSocket, vm.MemoryBytes, vm.Firmware, vm.SecureBoot).ShouldBe((4, 2, 8L << 30, "efi", true));
        (vm.PowerState, vm.HostKey, vm.SnapshotCount, vm.ChangeTrackingEnabled).ShouldBe(("poweredOn", "host-8", 2, true));
        vm.IpAddresses.ShouldBe(["192.0.2.11", "2001:db8::11"]);
        vm.DatastoreKeys.ShouldBe(["datastore-9"]);
        var disk = vm.Disks.ShouldHaveSingleItem();
        (disk.Backing, disk.CapacityBytes, disk.VsanObjectId, disk.ParentCount, disk.Instance).ShouldBe((DiskBacking.Flat, 16L << 30, "6c7f0001", 1, "scsi0:0"));
        var nic = vm.Nics.ShouldHaveSingleItem();
        (nic.Type, nic.NetworkKey, nic.NetworkName, nic.Connected).ShouldBe(("VirtualVmxnet3", "dvportgroup-10", "web", true));
        var host = inventory.Hosts.ShouldHaveSingleItem();
        (host.Version, host.ClusterKey, host.VsanEnabled, host.MemoryBytes).ShouldBe(("8.0.1", "domain-c7", true, 64L << 30));
        host.Adapters.ShouldHaveSingleItem().Kind.ShouldBe(AdapterKind.Iser);
        host.Luns.ShouldHaveSingleItem().Paths.ShouldHaveSingleItem().State.ShouldBe("active");
        inventory.Datastores.ShouldHaveSingleItem().IsVsan.ShouldBeTrue();
        inventory.Clusters.ShouldHaveSingleItem().DrsEnabled.ShouldBeTrue();
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public async Task An_archive_of_a_dump_is_the_same_dump(string kind)
    {
        SampleDump.WriteTo(_folder, "dump/vc1");
        var expected = await ReadAsync("dump");
        var archive = Path.Combine(_folder.Path, "dump." + kind);
        var from = Path.Combine(_folder.Path, "dump");
        switch (kind)
        {
            case "zip":
                ZipFile.CreateFromDirectory(from, archive);
                break;
            case "tar":
                await TarFile.CreateFromDirectoryAsync(from, archive, includeBaseDirectory: true, CancellationToken.None);
                break;
            default:
                await using (var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
                {
                    await TarFile.CreateFromDirectoryAsync(from, gzip, includeBaseDirectory: true, CancellationToken.None);
                }

                break;
        }

        var inventory = await ReadAsync("dump." + kind);
        inventory.Gaps.ShouldBeEmpty();
        System.Text.Json.JsonSerializer.Serialize(inventory).ShouldBe(System.Text.Json.JsonSerializer.Serialize(expected));
    }

    [Fact]
    public async Task Each_file_that_cannot_be_read_is_a_named_problem_and_the_rest_loads()
    {
        SampleDump.WriteTo(_folder);
        var whole = SampleDump.Files[SampleDump.VmFile];
        _folder.Write("0020-VirtualMachine-vm-20.xml", whole[..(whole.Length / 2)]);
        _folder.Write("0021-VirtualMachine-vm-21.xml", "not XML at all");
        _folder.Write("0022-VirtualMachine-vm-22.xml", "");
        _folder.Write("0023-VirtualMachine-vm-23.xml", "<html><body>404</body></html>");
        _folder.Write("0024-Hologram-hologram-1.xml", SampleDump.Object("Hologram", "hologram-1"));
        _folder.Write("0025-VirtualMachine-vm-11.xml", whole.Replace("web01", "twin"));
        _folder.Write("0026-VirtualMachine-vm-26.xml", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><ObjectContent><obj type='VirtualMachine'>&e;</obj></ObjectContent>");
        _folder.Write("0027-VirtualMachine-vm-27.xml", string.Concat(Enumerable.Repeat("<ObjectContent>", 100_000)));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "0028-VirtualMachine-vm-28.xml"), "/etc/passwd");

        var inventory = await ReadAsync();

        inventory.Vms.Select(v => v.Name).ShouldBe(["web01"]);
        string[] expected =
        [
            "0020-VirtualMachine-vm-20.xml: it is no XML, or breaks off", "0021-VirtualMachine-vm-21.xml: it is no XML", "0022-VirtualMachine-vm-22.xml: the file is empty",
            "0023-VirtualMachine-vm-23.xml: its root element is html", "0024-Hologram-hologram-1.xml: Hologram is a type of object that is not known",
            "0025-VirtualMachine-vm-11.xml: VirtualMachine vm-11 is already in 0011", "0026-VirtualMachine-vm-26.xml: it has a document type", "0027-VirtualMachine-vm-27.xml: its elements are nested deeper",
            "0028-VirtualMachine-vm-28.xml: a symbolic link",
        ];
        foreach (var line in expected)
        {
            inventory.Gaps.ShouldContain(gap => gap.StartsWith(line), line);
        }

        inventory.Gaps.Count.ShouldBe(expected.Length, string.Join('\n', inventory.Gaps));
    }

    [Fact]
    public async Task A_device_that_cannot_be_read_costs_itself_only()
    {
        SampleDump.WriteTo(_folder);
        _folder.Write(SampleDump.VmFile, SampleDump.Files[SampleDump.VmFile].Replace("<key>4000</key>", "<key>four thousand</key>").Replace("<numCPU>4<", "<numCPU>many<"));
        var inventory = await ReadAsync();
        var vm = inventory.Vms.ShouldHaveSingleItem();
        vm.Disks.Count.ShouldBe(1);
        vm.Nics.ShouldBeEmpty();
        inventory.Gaps.ShouldContain(gap => gap.StartsWith($"{SampleDump.VmFile}: config.hardware.device[2] (VirtualVmxnet3) cannot be read and is left out"));
        inventory.Gaps.ShouldContain(gap => gap.StartsWith($"{SampleDump.VmFile}: config.hardware.numCPU cannot be read"));
    }

    [Fact]
    public async Task A_disk_that_cannot_be_read_stays_visible_on_its_VM_as_a_critical_concern()
    {
        SampleDump.WriteTo(_folder);
        var config = SampleDump.Files[SampleDump.VmFile];
        // A VM like it before and after: values of several objects are read together.
        _folder.Write("0010-VirtualMachine-vm-10.xml", config.Replace(">vm-11<", ">vm-10<"));
        _folder.Write(SampleDump.VmFile, config.Replace("<unitNumber>0<", "<unitNumber>zero<"));
        _folder.Write("0012-VirtualMachine-vm-12.xml", config.Replace(">vm-11<", ">vm-12<"));

        var inventory = await ReadAsync();

        inventory.Vms.Where(v => v.Key != "vm-11").ShouldAllBe(v => v.Disks.Count == 1 && v.UnreadDevices.Count == 0);
        var vm = inventory.Vms.Single(v => v.Key == "vm-11");
        vm.Disks.ShouldBeEmpty();
        var unread = vm.UnreadDevices.ShouldHaveSingleItem();
        (unread.Type, unread.Label).ShouldBe(("VirtualDisk", "Hard disk 1"));
        var concern = Concerns.Judged.By("vm.device-unreadable", vm).ShouldHaveSingleItem();
        (concern.Severity, concern.Subject).ShouldBe((Migrate.Planner.Concerns.ConcernSeverity.Critical, "Hard disk 1"));
        concern.Assessment.ShouldStartWith("Hard disk 1 could not be read: ");
    }

    [Fact]
    public async Task What_is_referred_to_and_not_there_is_named()
    {
        SampleDump.WriteTo(_folder);
        File.Delete(Path.Combine(_folder.Path, "0008-HostSystem-host-8.xml"));
        File.Delete(Path.Combine(_folder.Path, "0009-Datastore-datastore-9.xml"));
        var inventory = await ReadAsync();
        inventory.Vms.Count.ShouldBe(1);
        inventory.Gaps.ShouldBe(["datastore datastore-9: the dump does not have it; web01 refers to it", "host host-8: the dump does not have it; web01 refers to it"]);
    }

    [Fact]
    public async Task Folders_and_networks_that_are_not_there_are_named()
    {
        SampleDump.WriteTo(_folder);
        File.Delete(Path.Combine(_folder.Path, "0004-Folder-group-v9.xml"));
        File.Delete(Path.Combine(_folder.Path, "0002-Datacenter-datacenter-2.xml"));
        File.Delete(Path.Combine(_folder.Path, "0010-DistributedVirtualPortgroup-dvportgroup-10.xml"));
        var inventory = await ReadAsync();
        inventory.Vms.ShouldHaveSingleItem().Folder.ShouldBe("");
        inventory.Gaps.ShouldContain("folder group-v9: the dump does not have it; web01 refers to it");
        inventory.Gaps.ShouldContain("network dvportgroup-10: the dump does not have it; web01 refers to it");
        inventory.Gaps.ShouldContain("datacenter datacenter-2: the dump does not have it; vm, host, datastore refer to it");
    }

    [Fact]
    public async Task What_methods_answered_lies_in_folders_beside_the_objects_and_is_no_problem()
    {
        SampleDump.WriteTo(_folder);
        _folder.Write("VmwareDistributedVirtualSwitch-dvs-1/FetchDVPorts.xml", "<FetchDVPortsResponse><returnval><key>1</key></returnval></FetchDVPortsResponse>");
        _folder.Write("HostSystem-host-8/QueryTpmAttestationReport.xml", "<QueryTpmAttestationReportResponse></QueryTpmAttestationReportResponse>");
        (await ReadAsync()).Gaps.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dump_without_VMs_says_so()
    {
        _folder.Write("0000-ServiceInstance-ServiceInstance.xml", SampleDump.Files["0000-ServiceInstance-ServiceInstance.xml"]);
        var inventory = await ReadAsync();
        inventory.Vms.ShouldBeEmpty();
        inventory.Gaps.ShouldContain(gap => gap.EndsWith(": the dump has no virtual machine"));
    }

    [Fact]
    public async Task An_archive_is_of_the_time_of_its_files_and_a_damaged_member_costs_itself_only()
    {
        SampleDump.WriteTo(_folder, "dump");
        _folder.Write("dump/0000-ServiceInstance-ServiceInstance.xml", SampleDump.Files["0000-ServiceInstance-ServiceInstance.xml"].Replace("serverClock", "noClock"));
        var then = new DateTime(2024, 5, 6, 7, 8, 10, DateTimeKind.Utc);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder.Path, "dump")))
        {
            File.SetLastWriteTimeUtc(file, then);
        }

        var archive = Path.Combine(_folder.Path, "dump.zip");
        ZipFile.CreateFromDirectory(Path.Combine(_folder.Path, "dump"), archive);
        (await ReadAsync("dump.zip")).TakenAt.Date.ShouldBe(then.Date, "a zip has local times");

        // The compressed bytes of one member, whose local header has its name just before them.
        var bytes = File.ReadAllBytes(archive);
        var name = "0012-AlarmManager-AlarmManager.xml"u8;
        bytes.AsSpan(bytes.AsSpan().IndexOf(name) + name.Length, 8).Fill(0xFF);
        File.WriteAllBytes(archive, bytes);
        var inventory = await ReadAsync("dump.zip");
        inventory.Vms.Count.ShouldBe(1);
        inventory.Gaps.ShouldHaveSingleItem().ShouldStartWith("0012-AlarmManager-AlarmManager.xml: cannot be unpacked");
    }

    [Fact]
    public async Task A_name_of_gigabytes_inside_of_a_small_archive_takes_no_memory()
    {
        SampleDump.WriteTo(_folder, "dump");
        var archive = Path.Combine(_folder.Path, "dump.tar.gz");
        await using (var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
        {
            await TarFile.CreateFromDirectoryAsync(Path.Combine(_folder.Path, "dump"), gzip, includeBaseDirectory: true, CancellationToken.None);
        }

        // After the members: GNU's record for a long name, of 1 GiB.
        byte[] whole;
        await using (var plain = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
        {
            using var memory = new MemoryStream();
            await plain.CopyToAsync(memory, CancellationToken.None);
            whole = memory.ToArray()[..^1024];
        }

        var header = new byte[512];
        System.Text.Encoding.ASCII.GetBytes("././@LongLink").CopyTo(header, 0);
        System.Text.Encoding.ASCII.GetBytes("10000000000\0").CopyTo(header, 124);
        header[156] = (byte)'L';
        "ustar  \0"u8.CopyTo(header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        await using (var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(whole, CancellationToken.None);
            await gzip.WriteAsync(header, CancellationToken.None);
            var zeroes = new byte[1 << 20];
            for (var i = 0; i < 1024; i++)
            {
                await gzip.WriteAsync(zeroes, CancellationToken.None);
            }
        }

        var inventory = await ReadAsync("dump.tar.gz");
        inventory.Vms.Count.ShouldBe(1);
        inventory.Gaps.ShouldHaveSingleItem().ShouldContain("a name or an attribute of 1073741824 bytes");
    }

    [Fact]
    public async Task Values_read_together_are_those_that_each_object_has_and_a_fault_stays_with_its_own()
    {
        SampleDump.WriteTo(_folder);
        var whole = SampleDump.Files[SampleDump.VmFile];
        for (var i = 100; i < 180; i++)
        {
            var text = whole.Replace("web01", $"vm{i}").Replace("vm-11", $"vm-{i}").Replace("16777216", $"{i}").Replace("17179869184", $"{i * 1024L}");
            // Some without snapshots, one with a card that cannot be read, one with nothing but a name.
            text = i % 3 == 0 ? System.Text.RegularExpressions.Regex.Replace(text, "<propSet>\\s*<name>snapshot</name>.*?</propSet>", "", System.Text.RegularExpressions.RegexOptions.Singleline) : text;
            text = i == 142 ? text.Replace("<key>4000</key>", "<key>four thousand</key>") : i == 150 ? SampleDump.Object("VirtualMachine", "vm-150", ("name", "xsd:string", "vm150")) : text;
            _folder.Write($"0{i}-VirtualMachine-vm-{i}.xml", text);
        }

        var inventory = await ReadAsync();
        inventory.Vms.Count.ShouldBe(81);
        foreach (var vm in inventory.Vms.Where(v => v.Key is not ("vm-11" or "vm-150")))
        {
            var i = int.Parse(vm.Key[3..], System.Globalization.CultureInfo.InvariantCulture);
            vm.Name.ShouldBe($"vm{i}");
            vm.Disks.ShouldHaveSingleItem().CapacityBytes.ShouldBe(i * 1024L);
            vm.SnapshotCount.ShouldBe(i % 3 == 0 ? 0 : 2);
            vm.Nics.Count.ShouldBe(i == 142 ? 0 : 1);
        }

        inventory.Vms.Single(v => v.Key == "vm-150").Disks.ShouldBeEmpty();
        inventory.Gaps.Count.ShouldBe(2, string.Join('\n', inventory.Gaps));
        inventory.Gaps.ShouldContain(gap => gap.StartsWith("0142-VirtualMachine-vm-142.xml: config.hardware.device[2] (VirtualVmxnet3) cannot be read"));
        inventory.Gaps.ShouldContain(gap => gap.StartsWith("VirtualMachine vm-150 (vm150): no configuration"));
    }

    [Fact]
    public async Task A_dump_of_a_newer_server_with_unknown_types_loads_and_says_so()
    {
        SampleDump.WriteTo(_folder);
        _folder.Write("0000-ServiceInstance-ServiceInstance.xml", SampleDump.Files["0000-ServiceInstance-ServiceInstance.xml"].Replace("8.0.1.0", "12.0.0.0"));
        _folder.Write(SampleDump.VmFile, SampleDump.Files[SampleDump.VmFile].Replace("VirtualVmxnet3", "VirtualVmxnet7").Replace("poweredOn", "hovering"));
        var inventory = await ReadAsync();
        inventory.Vms.ShouldHaveSingleItem().PowerState.ShouldBe("hovering");
        inventory.Gaps.ShouldContain(gap => gap.Contains("12.0.0.0"));
        inventory.Gaps.ShouldContain(gap => gap.StartsWith("VirtualVmxnet7: "));
    }

    [Fact]
    public async Task A_host_s_hardware_stands_in_for_its_summary()
    {
        _folder.Write("0012-HostSystem-host-8.xml", SampleDump.Object("HostSystem", "host-8",
            ("name", "string", "esx08"),
            ("hardware", "HostHardwareInfo", "<cpuInfo><numCpuPackages>2</numCpuPackages><numCpuCores>40</numCpuCores><numCpuThreads>80</numCpuThreads><hz>2400000000</hz></cpuInfo><memorySize>274877906944</memorySize>")));
        var host = (await ReadAsync()).Hosts.ShouldHaveSingleItem();
        (host.CpuPackages, host.CpuCores, host.CpuThreads, host.CpuMhz, host.MemoryBytes).ShouldBe((2, 40, 80, 2400, 256L << 30));
    }

    [Fact]
    public async Task A_summary_stands_in_for_a_configuration_that_was_cut_away()
    {
        _folder.Write("0046-VirtualMachine-vm-28.xml", SampleDump.Object("VirtualMachine", "vm-28",
            ("summary", "VirtualMachineSummary", "<runtime><powerState>poweredOff</powerState></runtime><config><name>lone</name><numCpu>2</numCpu><memorySizeMB>1024</memorySizeMB><uuid>4201</uuid></config>")));
        var inventory = await ReadAsync();
        var vm = inventory.Vms.ShouldHaveSingleItem();
        (vm.Name, vm.CpuCount, vm.MemoryBytes, vm.BiosUuid, vm.PowerState).ShouldBe(("lone", 2, 1L << 30, "4201", "poweredOff"));
        inventory.Gaps.ShouldContain(gap => gap.StartsWith("VirtualMachine vm-28 (lone): no configuration"));
        inventory.Gaps.ShouldContain(gap => gap.StartsWith("ServiceInstance: the dump does not say"));
    }

    [Fact]
    public async Task Nothing_to_load_or_two_dumps_at_once_is_refused()
    {
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync())).Code.ShouldBe("source.dump-empty");
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync("nowhere"))).Code.ShouldBe("source.path-unreadable");
        _folder.Write("broken.tar.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3]);
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync("broken.tar.gz"))).Code.ShouldBe("source.dump-empty");
        SampleDump.WriteTo(_folder, "a");
        SampleDump.WriteTo(_folder, "b");
        (await Should.ThrowAsync<MigrateException>(() => ReadAsync())).Code.ShouldBe("source.several-dumps");
    }

    [Fact]
    public async Task Files_and_archives_that_are_too_large_are_refused_whatever_they_say_of_themselves()
    {
        var limits = new OfflineLimits { FileBytes = 100_000, UnpackedBytes = 300_000 };
        SampleDump.WriteTo(_folder, "dump");
        _folder.Write("dump/0030-VirtualMachine-vm-30.xml", "<ObjectContent>" + new string(' ', 200_000));
        for (var i = 0; i < 5; i++)
        {
            _folder.Write($"dump/004{i}-VirtualMachine-vm-4{i}.xml", "<ObjectContent>" + new string(' ', 90_000));
        }

        var inventory = await new DumpSource(limits).ReadAsync(Path.Combine(_folder.Path, "dump"), TimeProvider.System, CancellationToken.None);
        inventory.Gaps.ShouldContain(gap => gap.Contains("vm-30.xml: the file has 200015 bytes"));

        ZipFile.CreateFromDirectory(Path.Combine(_folder.Path, "dump"), Path.Combine(_folder.Path, "dump.zip"));
        new FileInfo(Path.Combine(_folder.Path, "dump.zip")).Length.ShouldBeLessThan(50_000);
        inventory = await new DumpSource(limits).ReadAsync(Path.Combine(_folder.Path, "dump.zip"), TimeProvider.System, CancellationToken.None);
        inventory.Gaps.ShouldContain(gap => gap.Contains("unpacks to more than"));
    }

    [Fact]
    public async Task Damaged_anywhere_a_dump_loads_or_says_why_not()
    {
        var random = new Random(20250304);
        for (var round = 0; round < 150; round++)
        {
            using var folder = new TemporaryFolder();
            foreach (var (name, text) in SampleDump.Files)
            {
                folder.Write(name, random.Next(3) == 0 ? Damage.Do(System.Text.Encoding.UTF8.GetBytes(text), random) : System.Text.Encoding.UTF8.GetBytes(text));
            }

            var inventory = await new DumpSource(OfflineLimits.Default).ReadAsync(folder.Path, TimeProvider.System, CancellationToken.None);
            // A record that nothing can be done with would fail here and not in front of an operator.
            Should.NotThrow(() => inventory.Vms.Select(Lasting.Of).Count() + inventory.Hosts.Select(Lasting.Of).Count() + inventory.Datastores.SelectMany(d => Topology.Of(d, inventory.Hosts)).Count(), $"round {round}");
        }
    }

    public void Dispose() => _folder.Dispose();

    private Task<SourceInventory> ReadAsync(string below = "") =>
        new DumpSource(OfflineLimits.Default).ReadAsync(Path.Combine(_folder.Path, below), TimeProvider.System, CancellationToken.None);
}
