using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Offline.Vmx;

namespace Migrate.Planner.Tests.Offline.Vmx;

/// <summary>Disks of every sub-format as qemu-img makes them, whole and cut off.</summary>
public sealed class VmdkLengthTests : IDisposable
{
    private const string Vmx = """
        .encoding = "UTF-8"
        displayName = "shop"
        memsize = "512"
        scsi0.present = "TRUE"
        scsi0:0.present = "TRUE"
        scsi0:0.fileName = "disk.vmdk"
        """;

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("monolithicSparse", "disk.vmdk")]
    [InlineData("streamOptimized", "disk.vmdk")]
    [InlineData("monolithicFlat", "disk-flat.vmdk")]
    [InlineData("twoGbMaxExtentSparse", "disk-s001.vmdk")]
    [InlineData("twoGbMaxExtentFlat", "disk-f001.vmdk")]
    public async Task A_disk_that_was_cut_off_is_named_when_it_is_added(string subformat, string data)
    {
        var raw = new byte[3 << 20];
        new Random(5).NextBytes(raw);
        _folder.Write("disk.raw", raw);
        _folder.Write("shop.vmx", Vmx);
        var (from, to) = (Path.Combine(_folder.Path, "disk.raw"), Path.Combine(_folder.Path, "disk.vmdk"));
        await Programs.OutputOfAsync("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", $"subformat={subformat}", from, to);
        File.Delete(from);
        var whole = Read();
        whole.Gaps.ShouldBeEmpty();
        whole.Vms.Single().UnreadDevices.ShouldBeEmpty();

        using (var file = new FileStream(Path.Combine(_folder.Path, data), FileMode.Open))
        {
            file.SetLength(file.Length * 3 / 4);
        }

        var cut = Read();
        cut.Gaps.ShouldHaveSingleItem().ShouldContain("was cut off");
        var vm = cut.Vms.Single();
        vm.Disks.ShouldHaveSingleItem();
        var broken = vm.UnreadDevices.ShouldHaveSingleItem();
        (broken.Label, broken.Cause.Contains("was cut off")).ShouldBe((vm.Disks[0].Label, true));
    }

    [Fact]
    public void A_descriptor_that_states_more_than_its_file_has_is_named()
    {
        _folder.Write("shop.vmx", Vmx);
        _folder.Write("disk.vmdk", SampleVmx.Descriptor("monolithicFlat", 1_000_000_000_000_000, "FLAT", "disk-flat.vmdk", ""));
        _folder.Write("disk-flat.vmdk", new byte[4096]);

        var inventory = Read();

        inventory.Gaps.ShouldHaveSingleItem().ShouldContain("disk-flat.vmdk, which has 4096");
        inventory.Vms.Single().UnreadDevices.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_file_that_is_no_text_is_named_in_a_few_lines_and_not_in_one_for_each_of_its_own()
    {
        var bytes = new byte[200 << 10];
        new Random(3).NextBytes(bytes);
        _folder.Write("noise.vmx", bytes);
        SampleVmx.WriteTo(_folder);

        var gaps = Read().Gaps;

        gaps.Count.ShouldBeLessThan(25);
        gaps.ShouldContain(gap => gap.StartsWith("noise.vmx: ") && gap.EndsWith("more problems are not listed"));
    }

    private SourceInventory Read() => new VmxSource(OfflineLimits.Default).Read([_folder.Path], TimeProvider.System, Cancel);

    public void Dispose() => _folder.Dispose();
}
