using System.Diagnostics;
using Migrate.Executor.Conversion;

namespace Migrate.Executor.Tests.Conversion;

/// <summary>Archives that cpio, gzip, xz and zstd wrote.</summary>
public sealed class InitramfsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-initramfs-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip -c")]
    [InlineData("xz -c --check=crc32")]
    [InlineData("zstd -qc")]
    public async Task Names_are_read_behind_microcode_and_compression(string pack)
    {
        await ShellAsync($$"""
            mkdir -p early/kernel/x86/microcode main/usr/lib/modules/6.1.0-1-amd64/kernel/drivers/scsi main/etc
            echo code > early/kernel/x86/microcode/AuthenticAMD.bin
            head -c 100000 /dev/urandom > main/usr/lib/modules/6.1.0-1-amd64/kernel/drivers/scsi/virtio_scsi.ko
            echo x > main/usr/lib/modules/6.1.0-1-amd64/kernel/drivers/virtio-pci.ko.xz; echo conf > main/etc/modules
            (cd early && find . | cpio -o -H newc --quiet) > image
            head -c 1536 /dev/zero >> image
            (cd main && find . | cpio -o -H newc --quiet) | {{pack}} >> image
            """);

        var names = (await InitramfsNames.ReadAsync(Path.Combine(_directory, "image"), Cancel)).ShouldNotBeNull();
        names.ShouldContain("kernel/x86/microcode/AuthenticAMD.bin");
        names.ShouldContain("usr/lib/modules/6.1.0-1-amd64/kernel/drivers/scsi/virtio_scsi.ko");
        names.ShouldContain("etc/modules");
        VirtioInside.Of([new GuestKernel("6.1.0-1-amd64", names, "CONFIG_BLK_DEV_SD=y\n")]).Inside.ShouldBeTrue();
        VirtioInside.Of([new GuestKernel("6.1.0-2-amd64", names, "CONFIG_BLK_DEV_SD=y\n")]).Inside.ShouldBeFalse("these are another kernel's modules");
    }

    [Fact]
    public async Task What_is_cut_off_or_no_archive_is_not_known()
    {
        await ShellAsync("mkdir main; head -c 50000 /dev/urandom > main/a; (cd main && find . | cpio -o -H newc --quiet) > whole; head -c 20000 whole > cut; gzip -c cut > cut.gz; head -c 4096 /dev/zero > empty; echo '<html>' > page");
        foreach (var file in (string[])["cut", "cut.gz", "empty", "page", "absent"])
        {
            (await InitramfsNames.ReadAsync(Path.Combine(_directory, file), Cancel)).ShouldBeNull(file);
        }
    }

    [Fact]
    public void A_kernel_that_lacks_a_driver_makes_conversion_needed()
    {
        HashSet<string> all = ["lib/modules/1/kernel/virtio_pci.ko", "lib/modules/1/kernel/virtio_scsi.ko.zst", "lib/modules/1/kernel/sd_mod.ko.gz"];
        const string BuiltIn = "CONFIG_VIRTIO_PCI=y\nCONFIG_SCSI_VIRTIO=y\nCONFIG_BLK_DEV_SD=y\n";
        VirtioInside.Of([new GuestKernel("1", all, null)]).Inside.ShouldBeTrue();
        VirtioInside.Of([new GuestKernel("1", null, BuiltIn)]).Inside.ShouldBeTrue();
        VirtioInside.Of([]).Inside.ShouldBeFalse();
        VirtioInside.Of([new GuestKernel("1", all, null), new GuestKernel("2", null, null)]).ShouldSatisfyAllConditions(x => x.Inside.ShouldBeFalse(), x => x.Why.ShouldContain("kernel 2"));
        VirtioInside.Of([new GuestKernel("1", all.Where(x => !x.Contains("scsi", StringComparison.Ordinal)).ToHashSet(), BuiltIn.Replace("SCSI_VIRTIO=y", "SCSI_VIRTIO=m", StringComparison.Ordinal))])
            .ShouldSatisfyAllConditions(x => x.Inside.ShouldBeFalse(), x => x.Why.ShouldContain("no virtio_scsi"));
    }

    private async Task ShellAsync(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-ec", script]) { WorkingDirectory = _directory })!;
        await shell.WaitForExitAsync(Cancel);
        shell.ExitCode.ShouldBe(0);
    }
}
