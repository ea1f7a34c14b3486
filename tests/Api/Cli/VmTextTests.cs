using Migrate.Api.Cli;
using Migrate.Api.Inventory;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Tests.Cli;

public sealed class VmTextTests
{
    private static readonly Vm Plain = new() { Key = "vm-1", Name = "web01", PowerState = "poweredOff" };

    [Fact]
    public void A_VM_without_anything_special_has_no_lines_about_it() => VmFacts.Of(Plain).ShouldBeEmpty();

    public static TheoryData<Vm, string> Special() => new()
    {
        { Plain with { Tags = [new("Owner", "team-a"), new("Tier", "gold")] }, "tags: Owner: team-a; Tier: gold" },
        { Plain with { CustomAttributes = [new("backup", "nightly")] }, "attributes: backup: nightly" },
        { Plain with { ResourcePool = "gold/db", }, "resource pool: gold/db" },
        { Plain with { ManagedBy = new("com.vmware.vim.eam", "cluster-agent") }, "managed by: com.vmware.vim.eam" },
        {
            Plain with { SecureBoot = true, Boot = new() { Order = [new("disk", 2000), new("cdrom", null)] }, Disks = [new() { Key = 2000, Label = "Hard disk 1", CapacityBytes = 1 }] },
            "boots: secure boot; Hard disk 1 > cdrom"
        },
        { Plain with { EncryptionKeyId = "k", Security = new() { HasVirtualTpm = true, VbsEnabled = true, SgxBytes = 1 << 20 } }, "protected by: encryption; vTPM; VBS; SGX (1 MiB)" },
        { Plain with { Resources = new() { Cpu = new() { Reservation = 1500, Limit = 4000 }, CpuAffinity = [2, 3] } }, "CPU: 1500 MHz reserved; at most 4000 MHz; on processors 2,3" },
        { Plain with { Resources = new() { MemoryReservationLocked = true, Memory = new() { Reservation = 1 << 30 }, MemoryAffinity = [1] } }, "memory: all reserved; from NUMA nodes 1" },
        { Plain with { ConnectionState = "orphaned", State = new() { Question = "Moved or copied?" } }, "state: orphaned; waits for an answer: Moved or copied?" },
        { Plain with { Replication = new("1", "192.0.2.9", 15, false, [2000]) }, "replicated to: 192.0.2.9, 1 disk, at most 15 min behind" },
        { Plain with { AdvancedSettings = [new("numa.nodeAffinity", "1"), new("guestinfo.userdata", null)] }, "settings: numa.nodeAffinity=1; guestinfo.userdata" },
        { Plain with { Annotation = "red\u001b[31m" }, "annotation: red?[31m" },
    };

    [Theory]
    [MemberData(nameof(Special))]
    public void What_is_special_has_a_line(Vm vm, string line) => VmFacts.Of(vm).Select(f => $"{f.Name}: {f.Value}").ShouldBe([line]);

    [Fact]
    public void Devices_file_systems_addresses_and_snapshots_have_tables_where_there_are_any()
    {
        Shown(Plain).ShouldSatisfyAllConditions(t => t.ShouldNotContain("DEVICE"), t => t.ShouldNotContain("GUEST"), t => t.ShouldNotContain("SNAPSHOT ", Case.Sensitive));
        var text = Shown(Plain with
        {
            OtherDevices = [new(1, "VirtualCdrom", "CD/DVD drive 1", "") { Kind = DeviceKind.Cdrom, Backing = "[iso] debian.iso", Connected = true }, new(2, "VirtualMachineVideoCard", "Video card", "") { Kind = DeviceKind.VideoCard }],
            Guest = new()
            {
                Disks = [new() { Path = "/var", CapacityBytes = 1 << 30, FreeBytes = 1 << 20, FileSystem = "xfs", DiskKeys = [2000] }],
                Nics = [new() { DeviceKey = 4000, Addresses = [new("192.0.2.10", 24, null)] }],
            },
            Snapshots = [new() { Key = "s1", Name = "before" }, new() { Key = "s2", Name = "after", ParentKey = "s1", Depth = 2, IsCurrent = true }],
        });
        text.ShouldMatch(@"CD/DVD drive 1 +Cdrom +\[iso\] debian.iso +yes");
        text.ShouldNotContain("Video card");
        text.ShouldMatch(@"/var +1 GiB +1 MiB +xfs +2000");
        text.ShouldContain("192.0.2.10/24");
        text.ShouldMatch(@"\n  after .*yes");
    }

    private static string Shown(Vm vm)
    {
        var output = new StringWriter();
        VmText.Write(new VmDetail(vm, "esx1", []), output);
        return output.ToString();
    }
}
