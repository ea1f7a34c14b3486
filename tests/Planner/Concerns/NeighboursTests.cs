using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Tests.Inventory;

namespace Migrate.Planner.Tests.Concerns;

/// <summary>Files with one name are not one file.</summary>
public sealed class NeighboursTests
{
    private static readonly VirtualDisk OnDatastore = Estate.Disk() with { FileName = "[datastore1] web/web.vmdk", DatastoreKey = "datastore-1", ParentFiles = ["[datastore1] gold/gold.vmdk"], ParentCount = 1 };

    [Fact]
    public void Datastores_of_two_datacenters_may_have_one_name() =>
        Shared(OnDatastore, OnDatastore with { DatastoreKey = "datastore-2" }).ShouldBe((0, 0));

    [Fact]
    public void One_file_of_one_datastore_is_shared() => Shared(OnDatastore, OnDatastore).ShouldBe((1, 1));

    [Fact]
    public void Two_folders_may_each_have_a_disk_of_one_name() =>
        Shared(InFile("/vms/a/disk.vmdk", "/vms/a/base.vmdk"), InFile("/vms/b/disk.vmdk", "/vms/b/base.vmdk")).ShouldBe((0, 0));

    [Fact]
    public void Files_of_this_machine_are_shared_by_their_path()
    {
        Shared(InFile("/vms/a/disk.vmdk", "/vms/base.vmdk"), InFile("/vms/b/disk.vmdk", "/vms/base.vmdk")).ShouldBe((0, 1));
        Shared(InFile("/vms/a/disk.vmdk", "/vms/base.vmdk"), InFile("/vms/a/disk.vmdk", "/vms/base.vmdk")).ShouldBe((1, 1));
    }

    [Fact]
    public void A_file_that_was_not_found_is_shared_with_nobody()
    {
        var lost = Estate.Disk() with { DatastoreKey = null, FileName = "disk.vmdk" };
        Shared(lost, lost).ShouldBe((0, 0));
    }

    private static VirtualDisk InFile(string path, string parent) => Estate.Disk() with
    {
        FileName = Path.GetFileName(path),
        LocalFile = new LocalDiskFile(path, 0, null),
        LocalFiles = [new LocalFileState(path, 1, DateTime.UnixEpoch), new LocalFileState(parent, 1, DateTime.UnixEpoch)],
        ParentFiles = [Path.GetFileName(parent)],
        ParentCount = 1,
    };

    /// <summary>With how many others the first shares its file, and its parent.</summary>
    private static (int Files, int Parents) Shared(VirtualDisk first, VirtualDisk second)
    {
        Vm[] vms = [Estate.Vm("vm-1", "a").With(first), Estate.Vm("vm-2", "b").With(second)];
        var neighbours = new Neighbours(vms);
        return (neighbours.Others(SharedThing.DiskFile, Neighbours.FileOf(first), vms[0]).Count,
            Neighbours.ParentsOf(first).Sum(file => neighbours.Others(SharedThing.ParentFile, file, vms[0]).Count));
    }
}
